import { expect, test } from "vitest";
import { Gesture, type Place, type Touched } from "./timeline-gesture.ts";
import { whole, type View } from "./timeline-scale.ts";

const DAY = 86_400;

class Hand {
  view: View = whole(DAY);
  readonly width = 1_000;
  readonly length = DAY;
  touching = false;
  readonly told: string[] = [];
  readonly gesture = new Gesture(this);

  look(view: View): void {
    this.view = view;
  }
  scrub({ x }: Place): void {
    this.told.push(`scrub ${x}`);
  }
  letGo(): void {
    this.told.push("let go");
  }
  press({ x }: Place): void {
    this.told.push(`press ${x}`);
  }
}

const at = (x: number, pointerId = 1, onScale = false): Touched => ({
  pointerId,
  x,
  y: 0,
  onScale,
});

test("a pointer that stays is a press, though a finger is never still", () => {
  const { gesture, told } = new Hand();
  gesture.down(at(300));
  gesture.move(at(303));
  gesture.up(at(302));
  expect(told).toStrictEqual(["press 302"]);
  expect(gesture.busy).toBe(false);
});

test("a finger may slip further than a mouse", () => {
  const { gesture, told } = Object.assign(new Hand(), { touching: true });
  gesture.down(at(300));
  gesture.move(at(309));
  gesture.up(at(309));
  expect(told).toStrictEqual(["press 309"]);
});

test("a pointer that moves scrubs until it is released, and is no press", () => {
  const { gesture, told } = new Hand();
  gesture.down(at(300));
  gesture.move(at(310));
  gesture.move(at(301));
  gesture.up(at(301));
  expect(told).toStrictEqual(["scrub 310", "scrub 301", "let go"]);
});

test("at the edge it goes on beyond what is seen", () => {
  const hand = new Hand();
  hand.view = { from: 10_000, span: 10_000 };
  hand.gesture.down(at(300));
  hand.gesture.move(at(995));
  expect(hand.view.from).toBeGreaterThan(10_000);
  hand.gesture.move(at(5));
  hand.gesture.move(at(5));
  expect(hand.view.from).toBeLessThan(10_000);
});

test("on the hours the scale is moved, and stays under the pointer", () => {
  const hand = new Hand();
  hand.view = { from: 10_000, span: 10_000 };
  hand.gesture.down(at(300, 1, true));
  hand.gesture.move(at(200, 1, true));
  expect(hand.view).toStrictEqual({ from: 11_000, span: 10_000 });
  hand.gesture.up(at(200, 1, true));
  expect(hand.told).toStrictEqual([]);
});

test("two fingers zoom, and what they leave behind does nothing", () => {
  const hand = new Hand();
  hand.gesture.down(at(400, 1));
  hand.gesture.down(at(600, 2));
  hand.gesture.move(at(300, 1));
  hand.gesture.move(at(700, 2));
  expect(hand.view.span).toBeCloseTo(DAY / 2, 6);
  expect(hand.view.from).toBeCloseTo(DAY / 4, 6);
  hand.gesture.up(at(700, 2));
  hand.gesture.move(at(100, 1));
  hand.gesture.up(at(100, 1));
  expect(hand.told).toStrictEqual([]);
  hand.gesture.down(at(500, 3));
  hand.gesture.up(at(500, 3));
  expect(hand.told).toStrictEqual(["press 500"]);
});

test("when the page scrolls instead, nothing was meant", () => {
  const { gesture, told } = new Hand();
  gesture.down(at(300));
  gesture.cancel(1);
  gesture.move(at(400));
  gesture.up(at(400));
  expect(told).toStrictEqual([]);
});

test("what is stopped is no press, and lets nothing go", () => {
  const { gesture, told } = new Hand();
  gesture.down(at(300));
  gesture.move(at(310));
  gesture.stop();
  expect(gesture.busy).toBe(false);
  gesture.move(at(320));
  gesture.up(at(320));
  expect(told).toStrictEqual(["scrub 310"]);
});
