import type { Panel, Row } from "./dashboard-panels.ts";

const gridWidth = 24;
const panelsInARow = 3;
const panelHeight = 8;

/** A dashboard as Grafana imports it (schema 39, Grafana 10 and later). It asks for its data source. */
export function describeDashboard(rows: readonly Row[]): string {
  const dashboard = {
    title: "Weir",
    uid: "weir",
    tags: ["weir"],
    schemaVersion: 39,
    editable: true,
    timezone: "browser",
    refresh: "30s",
    time: { from: "now-1h", to: "now" },
    templating: {
      list: [
        dataSource,
        choice("job", "label_values(weir_build_info, job)"),
        choice("instance", 'label_values(weir_build_info{job=~"$job"}, instance)'),
      ],
    },
    panels: layOut(rows),
  };
  return `${JSON.stringify(dashboard, null, 2)}\n`;
}

const dataSource = { name: "datasource", label: "Data source", type: "datasource", query: "prometheus" };

function choice(name: string, query: string): object {
  return {
    name,
    label: name,
    type: "query",
    datasource: { type: "prometheus", uid: "${datasource}" },
    definition: query,
    query: { query, refId: name },
    refresh: 2,
    multi: true,
    includeAll: true,
    current: { text: "All", value: "$__all" },
  };
}

function layOut(rows: readonly Row[]): readonly object[] {
  const panels: object[] = [];
  let y = 0;
  for (const row of rows) {
    panels.push({
      id: panels.length + 1,
      type: "row",
      title: row.title,
      collapsed: false,
      panels: [],
      gridPos: { x: 0, y, w: gridWidth, h: 1 },
    });
    y += 1;
    const width = gridWidth / panelsInARow;
    row.panels.forEach((panel, index) => {
      const gridPos = {
        x: (index % panelsInARow) * width,
        y: y + Math.floor(index / panelsInARow) * panelHeight,
        w: width,
        h: panelHeight,
      };
      panels.push(describePanel(panel, panels.length + 1, gridPos));
    });
    y += Math.ceil(row.panels.length / panelsInARow) * panelHeight;
  }
  return panels;
}

function describePanel(panel: Panel, id: number, gridPos: object): object {
  const datasource = { type: "prometheus", uid: "${datasource}" };
  const stacking = { mode: panel.stacked === true ? "normal" : "none" };
  return {
    id,
    type: "timeseries",
    title: panel.title,
    ...(panel.description === undefined ? {} : { description: panel.description }),
    datasource,
    gridPos,
    fieldConfig: {
      defaults: {
        unit: panel.unit,
        min: 0,
        custom: { fillOpacity: panel.stacked === true ? 20 : 0, stacking },
      },
      overrides: [],
    },
    options: { legend: { displayMode: "list", placement: "bottom" }, tooltip: { mode: "multi" } },
    targets: panel.queries.map(([expr, legendFormat], index) => ({
      refId: String.fromCodePoint(65 + index),
      datasource,
      expr,
      legendFormat,
    })),
  };
}
