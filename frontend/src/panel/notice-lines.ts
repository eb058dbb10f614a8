/** What this person should know, the most important first. */

import type {
  EndedShare,
  Facets,
  Proposal,
  RequestsState,
  Share,
} from "../api/commands.ts";
import { dateTime, type Locale } from "../i18n/format.ts";
import type { Strings } from "../i18n/strings.ts";
import { fitting } from "../requests/fitting.ts";
import type { IconName } from "../ui/icons.ts";
import { addressOf, TODAY } from "./route.ts";
import { newSince } from "./whats-new.ts";

const UNDER_WAY: readonly Share["state"][] = [
  "waiting",
  "packaging",
  "uploading",
  "ready",
];

export interface Notice {
  kind: "ended" | "requests" | "shares" | "proposals" | "future" | "news" | "hint";
  icon: IconName;
  words: string;
  /** Its page, if it is only a link. */
  href?: string;
}

export interface Known {
  ended: readonly EndedShare[];
  requests: RequestsState;
  shares: readonly Share[];
  proposals: readonly Proposal[];
  /** Clips recorded while the clock was ahead, which are listed only on their day. */
  future: Pick<Facets, "future" | "future_day">;
  /** The doorbell that Today is limited to. */
  doorbell: string | undefined;
  /** The last version whose news this person has seen. */
  told: string | null | undefined;
  /** Whether to offer notifications. */
  hinted: boolean;
}

export function noticesOf(
  known: Known,
  strings: Strings,
  locale: Locale,
  zone: string,
): Notice[] {
  const { future, doorbell, told } = known;
  const link = (kind: "requests" | "shares" | "proposals", count: number): Notice[] =>
    count === 0
      ? []
      : [
          {
            kind,
            icon: kind === "requests" ? "request" : "share",
            words: strings.text(`today.${kind}`, { count }),
            href: addressOf({ page: kind === "requests" ? kind : "shared" }),
          },
        ];
  const ended = known.ended.map(({ by, what, at }): Notice => ({
    kind: "ended",
    icon: "alert",
    words: strings.text(`ended.${what}`, {
      name: by,
      time: dateTime(at, zone, locale),
    }),
  }));
  const underWay = known.shares.filter(({ state }) => UNDER_WAY.includes(state));
  const news = told ? newSince(told) : [];
  const day = future.future_day;
  const ahead: Notice[] =
    day === null
      ? []
      : [
          {
            kind: "future",
            icon: "alert",
            words: strings.text("today.future", { count: future.future }),
            href: addressOf({ ...TODAY, day, ...(doorbell ? { doorbell } : {}) }),
          },
        ];
  return [
    ...ended,
    ...link("requests", fitting(known.requests)),
    ...link("shares", underWay.length),
    ...link("proposals", known.proposals.length),
    ...ahead,
    ...(news.length > 0
      ? [{ kind: "news", icon: "bulletin", words: strings.text("news.title") } as const]
      : []),
    ...(known.hinted
      ? [
          {
            kind: "hint",
            icon: "notices",
            words: strings.text("notices.offer"),
          } as const,
        ]
      : []),
  ];
}

/** Whether a single notice is shown as it is, because it takes only one line. */
export const isShort = ({ kind }: Notice): boolean =>
  kind !== "ended" && kind !== "news";
