/** A picture of the map of an answer, with all that makes it readable elsewhere: title, sentence, key, scale, sources, date. */

import type { MapView } from '../map/view';
import { theme } from '../state/store';
import type { Answer } from './asked';
import { keyOf, outlines, type KeyItem } from './keyitems';
import { scenarioOf } from './scenario';

export interface Texts { title: string; sentence: string; sources: string; date: string }

const font = '"Fira Sans", system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif';
const edge = 20;

/** Lines that fit. */
function wrap(pen: CanvasRenderingContext2D, text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && pen.measureText(longer).width > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return line === '' ? lines : [...lines, line];
}

interface Block { text: string; size: number; weight: number; colour: string }

/** Sets blocks of text below each other, or only measures them; returns where they end. */
function setText(pen: CanvasRenderingContext2D, blocks: Block[], x: number, y: number, width: number, isDrawn: boolean): number {
  let at = y;
  for (const { text, size, weight, colour } of blocks) {
    if (text === '') continue;
    pen.font = `${weight} ${size}px ${font}`;
    pen.fillStyle = colour;
    for (const line of wrap(pen, text, width)) {
      at += size * 1.35;
      if (isDrawn) pen.fillText(line, x, at - size * 0.3);
    }
    at += size * 0.25;
  }
  return at;
}

/** A round length and how many pixels it takes. */
export function scaleBar(metresPerPixel: number, widest: number): { metres: number; pixels: number } {
  const power = 10 ** Math.floor(Math.log10(metresPerPixel * widest));
  const metres = [5, 2, 1].map((factor) => factor * power).find((length) => length <= metresPerPixel * widest) ?? power;
  return { metres, pixels: metres / metresPerPixel };
}

function drawSign(pen: CanvasRenderingContext2D, { sign, colour }: KeyItem, x: number, y: number): void {
  pen.save();
  pen.translate(x, y - 7);
  pen.fillStyle = colour;
  pen.strokeStyle = colour;
  if (sign === 'square') pen.fillRect(0, 0, 18, 13);
  else if (sign === 'outline') pen.strokeRect(1, 1, 16, 11);
  else if (sign === 'disc' || sign === 'dot') {
    pen.beginPath();
    pen.arc(9, 7, sign === 'disc' ? 7 : 4.5, 0, 7);
    pen.fill();
  } else {
    pen.translate(sign === 'pin' ? 3 : 1, -2);
    pen.scale(sign === 'pin' ? 0.4 : 0.75, sign === 'pin' ? 0.4 : 0.75);
    drawMark(pen, sign);
  }
  pen.restore();
}

function drawMark(pen: CanvasRenderingContext2D, sign: 'pin' | 'cross'): void {
  const path = new Path2D(outlines[sign]);
  pen.lineCap = 'round';
  pen.lineWidth = sign === 'pin' ? 1.5 : 3.5;
  pen.strokeStyle = sign === 'pin' ? '#ffffff' : '#b3123f';
  pen.fillStyle = '#d6006c';
  if (sign === 'pin') pen.fill(path);
  pen.stroke(path);
}

/** The pins and crosses, which are no part of the map's own canvas. */
function drawPins(pen: CanvasRenderingContext2D, { map }: MapView, given: Answer, closed: [number, number][]): void {
  const { added } = given.figures.change === null ? { added: [] } : scenarioOf(given.question);
  closed.forEach((place) => {
    const { x, y } = map.project(place);
    pen.save();
    pen.translate(x - 11, y - 11);
    drawMark(pen, 'cross');
    pen.restore();
  });
  added.forEach((place, at) => {
    const { x, y } = map.project(place);
    pen.save();
    pen.translate(x - 15, y - 40);
    drawMark(pen, 'pin');
    pen.fillStyle = '#ffffff';
    pen.font = `700 13px ${font}`;
    pen.textAlign = 'center';
    pen.fillText(String(at + 1), 15, 19);
    pen.restore();
  });
}

function drawKey(pen: CanvasRenderingContext2D, given: Answer, bottom: number, ink: string, paper: string): void {
  const { title, items } = keyOf(given);
  pen.font = `600 13px ${font}`;
  const heads = wrap(pen, title, 260);
  const titleWidth = Math.max(...heads.map((line) => pen.measureText(line).width));
  pen.font = `400 13px ${font}`;
  const lines = items.map((item) => ({ item, text: wrap(pen, item.text, 230) }));
  const width = Math.max(titleWidth, ...lines.flatMap(({ text }) => text.map((line) => pen.measureText(line).width + 28))) + 24;
  const height = heads.length * 18 + lines.reduce((sum, { text }) => sum + text.length * 17 + 3, 0) + 22;
  const [x, y] = [12, bottom - height - 12];
  pen.fillStyle = paper;
  pen.globalAlpha = 0.93;
  pen.fillRect(x, y, width, height);
  pen.globalAlpha = 1;
  pen.fillStyle = ink;
  pen.font = `600 13px ${font}`;
  heads.forEach((line, at) => pen.fillText(line, x + 12, y + 22 + at * 18));
  pen.font = `400 13px ${font}`;
  let at = y + 24 + heads.length * 18;
  for (const { item, text } of lines) {
    drawSign(pen, item, x + 12, at - 4);
    pen.fillStyle = ink;
    text.forEach((line, index) => pen.fillText(line, x + 40, at + index * 17));
    at += text.length * 17 + 3;
  }
}

function drawScale(pen: CanvasRenderingContext2D, { map }: MapView, right: number, bottom: number, ink: string, paper: string): void {
  const { lat } = map.getCenter();
  const metresPerPixel = (40_075_016.686 * Math.cos((lat * Math.PI) / 180)) / (512 * 2 ** map.getZoom());
  const { metres, pixels } = scaleBar(metresPerPixel, 130);
  const text = metres >= 1000 ? `${metres / 1000} km` : `${metres} m`;
  const [x, y] = [right - pixels - 16, bottom - 14];
  pen.fillStyle = paper;
  pen.globalAlpha = 0.85;
  pen.fillRect(x - 6, y - 22, pixels + 12, 28);
  pen.globalAlpha = 1;
  pen.strokeStyle = ink;
  pen.lineWidth = 2;
  pen.beginPath();
  pen.moveTo(x, y - 6);
  pen.lineTo(x, y);
  pen.lineTo(x + pixels, y);
  pen.lineTo(x + pixels, y - 6);
  pen.stroke();
  pen.fillStyle = ink;
  pen.font = `400 12px ${font}`;
  pen.textAlign = 'center';
  pen.fillText(text, x + pixels / 2, y - 6);
  pen.textAlign = 'start';
}

/** Paints the map as it is now into a canvas; with texts around it where there are any. The map is drawn in the same breath, as its canvas is empty after. */
export function paint(canvas: HTMLCanvasElement, view: MapView, given: Answer, texts: Texts | null, closed: [number, number][]): void {
  const pen = canvas.getContext('2d');
  if (pen === null) throw new Error('canvas');
  const { map } = view;
  const { clientWidth: width, clientHeight: height } = map.getContainer();
  const ratio = Math.max(map.getPixelRatio(), 1);
  const isDark = theme.peek() === 'dark';
  const [paper, ink, quiet] = isDark ? ['#14161c', '#f2f4f8', '#b9c0d0'] : ['#ffffff', '#1d2433', '#535c70'];
  const blocks: Block[] = texts === null ? [] : [{ text: texts.title, size: 22, weight: 700, colour: ink }, { text: texts.sentence, size: 14, weight: 400, colour: ink }];
  const foot: Block[] = texts === null ? [] : [{ text: texts.sources, size: 11.5, weight: 400, colour: quiet }, { text: texts.date, size: 11.5, weight: 400, colour: quiet }];
  const inner = width - 2 * edge;
  const top = texts === null ? 0 : Math.ceil(setText(pen, blocks, edge, edge - 6, inner, false) + 12);
  const below = texts === null ? 0 : Math.ceil(setText(pen, foot, edge, 8, inner, false) + 10);
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round((top + height + below) * ratio);
  pen.scale(ratio, ratio);
  pen.fillStyle = paper;
  pen.fillRect(0, 0, width, top + height + below);
  setText(pen, blocks, edge, edge - 6, inner, true);
  setText(pen, foot, edge, top + height + 8, inner, true);
  map.redraw();
  pen.drawImage(map.getCanvas(), 0, top, width, height);
  pen.save();
  pen.beginPath();
  pen.rect(0, top, width, height);
  pen.clip();
  pen.translate(0, top);
  drawPins(pen, view, given, closed);
  drawKey(pen, given, height, ink, paper);
  drawScale(pen, view, width, height, ink, paper);
  pen.restore();
}

/** Waits until nothing of the map is under way, but no longer than this many milliseconds. */
async function still({ map }: MapView, longest = 8000): Promise<void> {
  if (map.loaded() && !map.isMoving()) return;
  await Promise.race([map.once('idle'), new Promise((resolve) => window.setTimeout(resolve, longest))]);
}

/** The picture as a file, with twice the pixels of the screen's points. */
export async function pictureOf(view: MapView, given: Answer, texts: Texts, closed: [number, number][]): Promise<Blob> {
  const { map } = view;
  const before = map.getPixelRatio();
  const canvas = document.createElement('canvas');
  try {
    map.setPixelRatio(2);
    await still(view);
    paint(canvas, view, given, texts, closed);
  } finally {
    map.setPixelRatio(before);
  }
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
  if (blob === null) throw new Error('canvas');
  return blob;
}
