// Metrics for Prometheus and a health check, on a separate port of this machine only. No
// metric is about a single home or share.

import http from "node:http";
import { nameOf } from "./log.js";

const STALE = 10_000; // milliseconds; counting reads all records of a folder

export class Metrics {
  #arrived = 0;
  #bytes = 0;
  #counts;
  #countedAt = -Infinity;
  #refused = new Map();

  arrived(bytes) {
    this.#arrived += 1;
    this.#bytes += bytes;
  }

  refused(status) {
    this.#refused.set(status, (this.#refused.get(status) ?? 0) + 1);
  }

  async #count(records) {
    const now = performance.now();
    if (now - this.#countedAt > STALE) {
      this.#counts = await records.counts();
      this.#countedAt = now;
    }
    return this.#counts;
  }

  async text(records) {
    const { age, free, reserved, unfinished, waiting, withoutReceipt } =
      await this.#count(records);
    const lines = [];
    const add = (name, type, help, values) =>
      lines.push(
        `# HELP doorwatch_${name} ${help}`,
        `# TYPE doorwatch_${name} ${type}`,
        ...values.map(([labels, value]) => `doorwatch_${name}${labels} ${value}`),
      );
    const one = (value) => [["", value]];
    add("uploads_total", "counter", "Packages that this intake received", one(this.#arrived));
    add("upload_bytes_total", "counter", "Bytes of those packages", one(this.#bytes));
    const refused = [...this.#refused].map(([status, count]) => [`{status="${status}"}`, count]);
    add("refused_total", "counter", "Requests that this intake refused", refused);
    add("unfinished", "gauge", "Uploads that have begun, at all intakes", one(unfinished));
    add("waiting", "gauge", "Packages in the inbox", one(waiting));
    add("without_receipt", "gauge", "Packages without a receipt", one(withoutReceipt));
    add("oldest_without_receipt_seconds", "gauge", "How long the oldest of them is there", one(age));
    if (reserved !== undefined) {
      add("reserved_bytes", "gauge", "Space that unfinished uploads reserve", one(reserved));
      add("free_bytes", "gauge", "Free space of the inbox, reserved space included", one(free));
    }
    return `${lines.join("\n")}\n`;
  }
}

/** Create the server without listening. */
export function makeMetricsServer({ metrics, stores, log }) {
  const answer = async ({ method, url }, response) => {
    if (method !== "GET") return [405, "Only GET is allowed\n"];
    if (url === "/healthz") {
      await stores.check();
      return [200, "ok\n"];
    }
    if (url !== "/metrics") return [404, "Not found\n"];
    response.setHeader("Content-Type", "text/plain; version=0.0.4");
    return [200, await metrics.text(stores.records)];
  };
  return http.createServer(async (request, response) => {
    const [status, text] = await answer(request, response).catch((error) => {
      log.error(error);
      return [503, `${error.what ? `${error.what}: ` : ""}${nameOf(error)}\n`];
    });
    response.statusCode = status;
    response.end(text);
  });
}
