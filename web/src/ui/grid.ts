/** Where the tiles go: pure arithmetic, no DOM. */

export interface Rect {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Layout {
  tiles: Rect[];
  height: number; // of the whole; more than the stage when it has to scroll
  corner: boolean; // the last tile lies over the first (a conversation of two)
}

const WIDEST = 16 / 9;
const NARROWEST = 3 / 4;
const SMALLEST = 108; // px; under this width a name plate cannot be read, so the stage scrolls instead

interface Size {
  width: number;
  height: number;
}

/** The largest tile that fits into a cell and keeps a shape in which a face can be seen. */
function inscribe(cell: Size): Size {
  const shape = Math.min(WIDEST, Math.max(NARROWEST, cell.width / cell.height));
  const width = Math.min(cell.width, cell.height * shape);
  return { width, height: width / shape };
}

function place(count: number, columns: number, tile: Size, stage: Size, gap: number): Layout {
  const rows = Math.ceil(count / columns);
  const used = rows * tile.height + (rows - 1) * gap;
  const top = Math.max(0, (stage.height - used) / 2);
  const tiles = Array.from({ length: count }, (_, i) => {
    const row = Math.floor(i / columns);
    const inRow = Math.min(columns, count - row * columns);
    const left = (stage.width - inRow * tile.width - (inRow - 1) * gap) / 2;
    return { x: left + (i % columns) * (tile.width + gap), y: top + row * (tile.height + gap), ...tile };
  });
  return { tiles, height: Math.max(stage.height, used), corner: false };
}

/** Equal tiles, as large as the stage allows, the last row centred. */
export function grid(count: number, stage: Size, gap: number): Layout {
  let best: { columns: number; tile: Size; area: number } | undefined;
  for (let columns = 1; columns <= count; columns++) {
    const rows = Math.ceil(count / columns);
    const cell = {
      width: (stage.width - gap * (columns - 1)) / columns,
      height: (stage.height - gap * (rows - 1)) / rows,
    };
    if (cell.width <= 0 || cell.height <= 0) continue;
    const tile = inscribe(cell);
    const area = tile.width * tile.height;
    if (tile.width >= Math.min(SMALLEST, stage.width) && (best === undefined || area > best.area))
      best = { columns, tile, area };
  }
  if (best !== undefined) return place(count, best.columns, best.tile, stage, gap);
  const columns = Math.max(1, Math.min(count, Math.floor((stage.width + gap) / (SMALLEST + gap))));
  const width = Math.max(1, (stage.width - gap * (columns - 1)) / columns);
  return place(count, columns, { width, height: width / (4 / 3) }, stage, gap);
}

/** A small tile in the lower right corner of an area. */
function cornerOf(area: Rect, stage: Size, gap: number): Rect {
  const upright = stage.height > stage.width;
  const width = Math.min(stage.width * (upright ? 0.3 : 0.24), 280);
  const height = upright ? width / NARROWEST : width / WIDEST;
  return { x: area.x + area.width - width - gap, y: area.y + area.height - height - gap, width, height };
}

/** A conversation of two: the other one (first) fills the stage, oneself (last) in the corner. */
export function pair(stage: Size, gap: number): Layout {
  const main = inscribe(stage);
  const first = { x: (stage.width - main.width) / 2, y: (stage.height - main.height) / 2, ...main };
  return { tiles: [first, cornerOf(first, stage, gap)], height: stage.height, corner: true };
}

/** Oneself in the corner while the stage says that nobody else is there. */
export function alone(stage: Size): Layout {
  if (stage.width <= 0 || stage.height <= 0) return { tiles: [], height: 0, corner: true };
  return { tiles: [cornerOf({ x: 0, y: 0, ...stage }, stage, 0)], height: stage.height, corner: true };
}

/** The layout for `count` people, oneself being the last of them. */
export function layout(count: number, stage: Size, gap: number): Layout {
  if (count === 0 || stage.width <= 0 || stage.height <= 0)
    return { tiles: [], height: Math.max(0, stage.height), corner: false };
  return count === 2 ? pair(stage, gap) : grid(count, stage, gap);
}
