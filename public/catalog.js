/* global katex */
const TITLES = {
  clipping: 'Clipping rules',
  optimizers: 'Optimizers',
  schedules: 'Schedules',
  objectives: 'Objectives',
  datasets: 'Data sets',
};

/** An element with attributes and children; texts become text nodes, never markup. */
function element(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children.filter((child) => child !== null));
  return node;
}

/** Words in backticks as code. */
const withCode = (text) => text.split('`').map((part, i) => (i % 2 === 1 ? element('code', {}, part) : part));

/** Follows a reference inside the schema, which stands alone. */
function resolve(property, schema) {
  const name = /^#\/\$defs\/(.+)$/.exec(property.$ref ?? '')?.[1];
  return name === undefined ? property : { ...schema.$defs?.[name], ...property, name };
}

function typeOf(property, schema) {
  const {
    type,
    enum: values,
    anyOf,
    items,
    prefixItems,
    minimum,
    exclusiveMinimum,
    maximum,
    exclusiveMaximum,
    name,
  } = resolve(property, schema);
  if (name === 'Number') return 'number';
  if (name !== undefined) return name.toLowerCase();
  if (values !== undefined) return values.map((value) => JSON.stringify(value)).join(' | ');
  if (anyOf !== undefined) return anyOf.map((one) => typeOf(one, schema)).join(' | ');
  if (type === 'array') {
    const item = prefixItems?.[0] ?? items;
    return item === undefined ? 'list' : `list of ${typeOf(item, schema)}`;
  }
  const huge = (limit) => limit === undefined || Math.abs(limit) >= 1e6;
  const bounds = [
    [minimum, '≥'],
    [exclusiveMinimum, '>'],
    [maximum, '≤'],
    [exclusiveMaximum, '<'],
  ].filter(([limit]) => !huge(limit));
  return [type ?? 'object', ...bounds.map(([limit, sign]) => `${sign} ${limit}`)].join(' ');
}

function parameters({ schema, defaults }) {
  const properties = Object.entries(schema.properties ?? {});
  if (properties.length === 0) return null;
  const required = schema.required ?? [];
  const rows = properties.map(([name, property]) =>
    element(
      'tr',
      {},
      element('td', {}, element('code', {}, name)),
      element('td', {}, typeOf(property, schema)),
      element(
        'td',
        {},
        name in defaults
          ? element('code', {}, JSON.stringify(defaults[name]))
          : required.includes(name)
            ? 'required'
            : '',
      ),
      element('td', {}, ...withCode(property.description ?? '')),
    ),
  );
  const head = ['parameter', 'type', 'default', ''].map((title) => element('th', {}, title));
  return element('table', {}, element('tr', {}, ...head), ...rows);
}

function known(knowledge) {
  if (knowledge === undefined) return null;
  const { smoothness, notSmooth, minimum, convex } = knowledge;
  const facts = [
    ['(L₀, L₁)', smoothness],
    ['not (L₀, L₁)', notSmooth],
    ['minimum', minimum],
    ['convex', convex === undefined ? 'depends on the parameters' : convex ? 'yes' : 'no'],
  ].filter(([, text]) => text !== undefined);
  return element(
    'dl',
    {},
    ...facts.flatMap(([term, text]) => [element('dt', {}, term), element('dd', {}, text)]),
  );
}

function formulaOf({ latex, formula }) {
  const node = element('div', { class: 'formula', title: formula });
  try {
    // Set inline, a long formula may break after a relation.
    katex.render(`\\displaystyle ${latex}`, node);
  } catch {
    node.append(element('code', {}, formula));
  }
  return node;
}

function card(list, entry) {
  const id = `${list}-${entry.kind}`;
  return element(
    'article',
    { id },
    element('h3', {}, element('a', { href: `#${id}` }, entry.kind)),
    element('p', {}, ...withCode(entry.summary)),
    formulaOf(entry),
    element('p', { class: 'source' }, ...withCode(entry.source)),
    known(entry.knowledge),
    parameters(entry),
    element('pre', {}, JSON.stringify(entry.example)),
  );
}

function table(rows) {
  if (rows.length === 0) return element('p', { class: 'source' }, 'None: the service has no data directory.');
  const columns = Object.keys(rows[0]);
  return element(
    'table',
    {},
    element('tr', {}, ...columns.map((column) => element('th', {}, column))),
    ...rows.map((row) =>
      element('tr', {}, ...columns.map((column) => element('td', {}, String(row[column] ?? '')))),
    ),
  );
}

/** Hides the cards that lack a word of the filter. */
function apply(filter) {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  for (const article of document.querySelectorAll('article')) {
    const text = article.dataset.text;
    article.hidden = !words.every((word) => text.includes(word));
  }
  for (const section of document.querySelectorAll('section.kinds-of'))
    section.hidden = section.querySelector('article:not([hidden])') === null;
}

async function show() {
  const response = await fetch('/v1/catalog');
  if (!response.ok) throw new Error(`GET /v1/catalog: ${response.status}`);
  const catalog = await response.json();
  const sections = [];
  for (const [list, entries] of Object.entries(catalog)) {
    if (!Array.isArray(entries)) continue;
    const title = TITLES[list] ?? list;
    const ofKinds = entries.every((entry) => 'kind' in entry) && entries.length > 0;
    const cards = ofKinds ? entries.map((entry) => card(list, entry)) : [];
    cards.forEach((node, i) => {
      const { kind, summary, formula, source, knowledge = {} } = entries[i];
      const words = Object.entries(knowledge).flatMap(([key, value]) => (key === 'convex' ? [] : [value]));
      if (knowledge.convex === true) words.push('convex');
      node.dataset.text = [kind, summary, formula, source, ...words].join(' ').toLowerCase();
    });
    sections.push(
      element(
        'section',
        { id: list, class: ofKinds ? 'kinds-of' : '' },
        element('h2', {}, title),
        ofKinds ? element('div', { class: 'kinds' }, ...cards) : table(entries),
      ),
    );
    document
      .getElementById('lists')
      .append(element('a', { href: `#${list}` }, `${title} (${entries.length})`));
  }
  document.getElementById('catalog').replaceChildren(...sections);
  document.getElementById('filter').addEventListener('input', (event) => apply(event.target.value));
  document.getElementById(location.hash.slice(1))?.scrollIntoView();
}

show().catch((error) => {
  document.getElementById('catalog').textContent = String(error);
});
