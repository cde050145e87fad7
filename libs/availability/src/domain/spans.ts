/** A half-open stretch of time, epoch milliseconds. */
export interface Span {
  readonly fromMs: number;
  /** Not included. */
  readonly toMs: number;
}

/** Stretches in order that neither touch nor overlap, as two plain lists: they are searched thousands of times. */
export interface DisjointSpans {
  readonly fromMs: readonly number[];
  readonly toMs: readonly number[];
}

/** Joins what overlaps or touches; the spans may come in any order. */
export function disjoint(spans: readonly Span[]): DisjointSpans {
  const fromMs: number[] = [];
  const toMs: number[] = [];
  for (const span of spans.toSorted((a, b) => a.fromMs - b.fromMs)) {
    const last = toMs.length - 1;
    const lastTo = toMs[last];
    if (lastTo !== undefined && span.fromMs <= lastTo) toMs[last] = Math.max(lastTo, span.toMs);
    else {
      fromMs.push(span.fromMs);
      toMs.push(span.toMs);
    }
  }
  return { fromMs, toMs };
}

export function overlaps(spans: DisjointSpans, fromMs: number, toMs: number): boolean {
  const at = firstEndingAfter(spans, fromMs);
  return at < spans.fromMs.length && spans.fromMs[at]! < toMs;
}

/** Whether one of the spans holds all of the stretch. */
export function covers(spans: DisjointSpans, fromMs: number, toMs: number): boolean {
  const at = firstEndingAfter(spans, fromMs);
  return at < spans.fromMs.length && spans.fromMs[at]! <= fromMs && toMs <= spans.toMs[at]!;
}

export function spansOverlap(a: Span, b: Span): boolean {
  return a.fromMs < b.toMs && b.fromMs < a.toMs;
}

function firstEndingAfter({ toMs }: DisjointSpans, instantMs: number): number {
  let low = 0;
  let high = toMs.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (toMs[middle]! > instantMs) high = middle;
    else low = middle + 1;
  }
  return low;
}
