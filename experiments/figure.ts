import { LineChart, ScatterChart } from 'echarts/charts';
import { GridComponent, LegendComponent, TitleComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';

use([GridComponent, LegendComponent, LineChart, ScatterChart, SVGRenderer, TitleComponent]);

export interface Axis {
  readonly name: string;
  readonly log?: boolean;
  readonly min?: number;
  readonly max?: number;
}
export interface Series {
  /** One colour and one entry of the legend for each name, in all panels of a figure. */
  readonly name: string;
  /** Those with a null are left out. */
  readonly points: readonly (readonly [x: number | null, y: number | null])[];
  /** `bound` is dashed; `line` when absent. */
  readonly as?: 'line' | 'marked' | 'points' | 'bound';
}
export interface Panel {
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly Series[];
}
export interface Figure {
  readonly title: string;
  readonly panels: readonly Panel[];
  /** Panels side by side; as many as there are when absent. */
  readonly columns?: number;
}

/** Okabe and Ito's colours, which the colour-blind can tell apart too. */
const COLOURS = '#0072b2 #d55e00 #009e73 #cc79a7 #e69f00 #56b4e9 #000000 #999999 #8b4513 #6a3d9a'.split(' ');
const PANEL = { width: 400, height: 290 };
const MARGIN = { left: 62, right: 18, top: 34, bottom: 50 };
const TITLE = 36;
const LEGEND_ROW = 38;
const INK = '#222';

/** A figure as SVG on white, with a `description` inside. The same figure always gives the same bytes. */
export function draw({ title, panels, columns = panels.length }: Figure, description: string): string {
  const names = [...new Set(panels.flatMap(({ series }) => series.map(({ name }) => name)))];
  const width = columns * PANEL.width;
  const perRow = Math.max(1, Math.floor(width / (54 + 6.5 * Math.max(...names.map(({ length }) => length)))));
  const legendHeight = LEGEND_ROW * Math.ceil(names.length / perRow);
  const height = TITLE + Math.ceil(panels.length / columns) * PANEL.height + legendHeight;
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height });
  const place = panels.map((_, i) => ({
    left: (i % columns) * PANEL.width,
    top: TITLE + Math.floor(i / columns) * PANEL.height,
  }));
  chart.setOption({
    animation: false,
    backgroundColor: '#fff',
    textStyle: { fontFamily: 'sans-serif', color: INK },
    title: [
      { text: title, left: 'center', top: 8, textStyle: { fontSize: 16, color: INK } },
      ...panels.map((panel, i) => ({
        text: panel.title,
        left: (place[i]?.left ?? 0) + (MARGIN.left + PANEL.width - MARGIN.right) / 2,
        top: (place[i]?.top ?? 0) + 6,
        textAlign: 'center' as const,
        textStyle: { fontSize: 13, fontWeight: 'normal' as const, color: INK },
      })),
    ],
    legend: { data: names, bottom: 2, itemWidth: 22, itemGap: 24, textStyle: { fontSize: 12, color: INK } },
    grid: place.map(({ left, top }) => ({
      left: left + MARGIN.left,
      top: top + MARGIN.top,
      width: PANEL.width - MARGIN.left - MARGIN.right,
      height: PANEL.height - MARGIN.top - MARGIN.bottom,
    })),
    xAxis: panels.map(({ x }, i) => ({ ...axis(x), gridIndex: i, nameGap: 28 })),
    yAxis: panels.map(({ y }, i) => ({ ...axis(y), gridIndex: i, nameGap: 46 })),
    series: panels.flatMap(({ series }, i) =>
      series.map(({ name, points, as = 'line' }) => ({
        ...looks(as, COLOURS[names.indexOf(name) % COLOURS.length] as string),
        name,
        xAxisIndex: i,
        yAxisIndex: i,
        data: points.filter(([x, y]) => x !== null && y !== null).map((point) => [...point]),
      })),
    ),
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  // Nothing here reacts to a pointer, and identifiers count the charts of the process.
  const own = svg
    .replaceAll(/ class="[^"]*"| pointer-events="visible"/g, '')
    .replace(/<style[^>]*>.*?<\/style>\n?/s, '')
    .replaceAll(/\bzr\d+-/g, 'zr-');
  return `${own.replace('>', `>\n<desc>${description}</desc>`)}\n`;
}

const axis = ({ name, log = false, min, max }: Axis) => ({
  type: log ? ('log' as const) : ('value' as const),
  name,
  nameLocation: 'middle' as const,
  nameTextStyle: { fontSize: 12, color: INK },
  ...(min !== undefined && { min }),
  ...(max !== undefined && { max }),
  scale: true,
  axisLine: { show: true, onZero: false, lineStyle: { color: '#888' } },
  axisTick: { show: true },
  splitLine: { lineStyle: { color: '#e8e8e8' } },
  axisLabel: { fontSize: 11, color: INK, formatter: label, hideOverlap: true },
});

/** Powers of ten beyond what is read at a glance. */
function label(value: number): string {
  const size = Math.abs(value);
  const exact = Number(value.toPrecision(6));
  return size === 0 || (size >= 1e-3 && size < 1e5)
    ? String(exact)
    : exact.toExponential().replace('e+', 'e');
}

const looks = (as: NonNullable<Series['as']>, color: string) =>
  as === 'points'
    ? { type: 'scatter' as const, symbolSize: 4, itemStyle: { color, opacity: 0.6 } }
    : {
        type: 'line' as const,
        showSymbol: as === 'marked',
        symbol: 'circle',
        symbolSize: 6,
        itemStyle: { color },
        lineStyle: { color, width: 1.6, type: as === 'bound' ? ('dashed' as const) : ('solid' as const) },
      };
