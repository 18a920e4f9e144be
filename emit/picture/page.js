'use strict';
(() => {
  const data = JSON.parse(document.getElementById('data').textContent);
  const { parties, connections } = data;
  const by = id => document.getElementById(id);
  const protocols = ['tcp', 'udp', 'sctp'];
  const every = protocols.map((_, i) => [i, 0, 65535]);

  // make returns an element with text or elements in it. Texts are never read as HTML.
  const make = (tag, attributes, ...inside) => {
    const e = document.createElement(tag);
    for (const [k, v] of Object.entries(attributes || {})) {
      if (k.startsWith('on')) e.addEventListener(k.slice(2), v); else e.setAttribute(k, v);
    }
    e.append(...inside);
    return e;
  };

  // Sets of ports are lists of [protocol, first, last].
  const subtract = (a, b) => b.reduce((left, [p, low, high]) => left.flatMap(([q, l, h]) =>
    p !== q || high < l || h < low ? [[q, l, h]] : [[q, l, low - 1], [q, high + 1, h]].filter(r => r[1] <= r[2])), a);
  const covers = (all, some) => subtract(some, all).length === 0;
  const overlaps = (a, b) => a.some(([p, l, h]) => b.some(([q, m, i]) => p === q && l <= i && m <= h));

  const at = new Map();
  connections.forEach(c => at.set(c.from + ' ' + c.to, c));
  const lines = list => make('ul', { class: 'lines' }, ...list.map(i => make('li', {}, make('code', {}, data.places[i]))));

  // party finds the party of a name, or of its last word if only one is called so.
  const party = text => {
    const found = parties.flatMap((p, i) => p.name === text ? [i] : []);
    if (found.length === 1) return found[0];
    const short = found.length ? [] : parties.flatMap((p, i) => p.name.endsWith('/' + text) ? [i] : []);
    if (short.length === 1) return short[0];
    if (found.length + short.length > 1) throw Error(`${text} could be several parties; write the namespace too`);
    throw Error(`no party of this page is called ${text}; for others ask: zt why '... -> ...'`);
  };

  // named returns the ports that parties call so.
  const named = (name, list) => list.flatMap(p => Object.hasOwn(p.names, name) ? p.names[name] : []);

  // portsOf reads what comes after the colon of a question about a party, or of one about all.
  const portsOf = (text, to) => {
    if (text === undefined) return { ports: parties[to].listens.length ? parties[to].listens : every };
    const all = { ports: [] };
    for (const item of text.split(',').map(s => s.trim())) {
      if (item === 'any') { all.ports.push(...every); continue; }
      const m = /^(?:(\d+)(?:-(\d+))?|([a-z0-9-]+))(?:\/(tcp|udp|sctp))?$/.exec(item);
      if (!m) throw Error(`${item} is not a port; write 80, 80/udp, 8000-8999, a name, or any`);
      const protocol = protocols.indexOf(m[4] || 'tcp');
      if (m[3] !== undefined) {
        const found = m[4] ? [] : named(m[3], to === undefined ? parties : [parties[to]]);
        if (!found.length) throw Error(to === undefined ? `no party of this page declares port ${item}` : `${parties[to].name} declares no port ${item}; ask: zt why`);
        all.ports.push(...found);
        continue;
      }
      const low = +m[1], high = +(m[2] || m[1]);
      if (low < 1 || high > 65535 || high < low) throw Error(`${item}: ports are from 1 to 65535`);
      all.ports.push([protocol, low, high]);
    }
    return all;
  };

  // answer says what zt why says of two parties, as far as the page knows.
  const answer = question => {
    const m = /^\s*(.+?)\s*->\s*(.+?)\s*$/.exec(question);
    if (!m) throw Error('write a question as an edge: A -> B :PORT');
    const colon = / :\s*([^:]+)$/.exec(m[2]); // names of addresses have colons too
    if (colon) [m[2], m[3]] = [m[2].slice(0, colon.index).trim(), colon[1]];
    if (data.bounded) throw Error('this page has only some connections; ask: zt why');
    const from = party(m[1]), to = party(m[2]);
    const { ports } = portsOf(m[3], to);
    const c = at.get(from + ' ' + to), open = parties[from].open[0] && parties[to].open[1];
    const listed = c ? c.ports.map(([p, l, h]) => [p, l <= 1 ? 0 : l, h]) : [];
    const permitted = open || covers(listed, ports);
    const partly = !permitted && (overlaps(listed, ports) || data.partly.some(x => x.from === from && x.to === to && x.ports.every(side => overlaps(side, ports))));
    const verdict = data.undecided.length ? 'undecided' : permitted ? 'permitted' : !data.partlyKnown ? 'not listed as permitted' : partly ? 'denied in part' : 'denied';
    return { from, to, port: m[3] ? ' :' + m[3] : '', verdict, permitted, partly, because: permitted && c ? c.because : [], open: permitted && !(c && c.because.length) };
  };

  const showAnswer = question => {
    const out = by('answer');
    out.replaceChildren();
    try {
      const a = answer(question), text = `${parties[a.from].name} -> ${parties[a.to].name}${a.port} is ${a.verdict}`;
      out.append(make('p', { class: a.verdict.split(' ')[0] }, make('strong', {}, text)));
      if (a.verdict === 'undecided') out.append(make('p', {}, 'What zt can evaluate says: ' + (a.permitted ? 'permitted.' : 'denied.')), make('ul', {}, ...data.undecided.map(u => make('li', {}, u))));
      if (a.open) out.append(make('p', {}, 'No policy isolates these pods on the sides that count.'));
      if (a.verdict.includes(' ')) out.append(make('p', {}, 'Some of these pods, addresses or ports may be permitted. For details ask: zt why'));
      if (a.because.length) out.append(make('p', {}, 'Because of:'), lines(a.because));
      for (const f of data.forbidden) {
        if (!a.permitted && f.within[0].includes(a.from) && f.within[1].includes(a.to)) out.append(make('p', {}, `A statement forbids ${f.from} -> ${f.to}:`), lines([f.place]));
      }
      highlight(new Set([a.from, a.to]));
    } catch (e) {
      out.append(make('p', { class: 'problem' }, e.message));
    }
    return out.textContent;
  };

  // The picture: each of its parties is a button.
  const nodes = new Map();
  parties.forEach((p, i) => { if (p.node && !p.inside) nodes.set(String(p.node), i); });
  const whole = by('whole').querySelector('svg');
  whole.setAttribute('role', 'group');
  for (const g of whole.querySelectorAll('.node')) {
    const i = nodes.get(g.dataset.n);
    const inside = parties.find(p => p.inside && String(p.node) === g.dataset.n);
    if (i === undefined && !inside) continue;
    const choose = () => {
      if (!inside) return select(i);
      by('namespace').value = inside.namespace;
      filter();
      by('parties').querySelector('button').focus();
    };
    g.setAttribute('tabindex', '0');
    g.setAttribute('role', 'button');
    g.setAttribute('aria-label', g.querySelector('title').textContent);
    g.addEventListener('click', choose);
    g.addEventListener('keydown', e => { if (e.key === 'Enter' || e.key === ' ') { e.preventDefault(); choose(); } });
  }

  // highlight dims what has nothing to do with some parties; without any, nothing.
  const highlight = set => {
    const ids = new Set(), shown = g => g.split(' ').some(n => ids.has(n));
    if (set) for (const i of set) if (parties[i].node) ids.add(String(parties[i].node));
    for (const g of whole.querySelectorAll('.arrow')) {
      g.classList.toggle('dim', ids.size > 0 && !(set.size > 1 ? shown(g.dataset.from) && shown(g.dataset.to) : shown(g.dataset.from) || shown(g.dataset.to)));
    }
    const near = new Set(ids);
    if (set && set.size === 1) for (const g of whole.querySelectorAll('.arrow:not(.dim)')) (g.dataset.from + ' ' + g.dataset.to).split(' ').forEach(n => near.add(n));
    for (const g of whole.querySelectorAll('.node')) g.classList.toggle('dim', ids.size > 0 && !near.has(g.dataset.n));
  };

  const link = i => make('button', { type: 'button', class: 'party', onclick: () => select(i, true) }, parties[i].name);
  const row = (c, other) => make('li', {}, link(other), ` :${c.text}`, c.dns ? ' (dns)' : '', c.because.length ? make('details', {}, make('summary', {}, `${c.because.length} ${c.because.length > 1 ? 'lines' : 'line'}`), lines(c.because)) : '');

  // select shows the contract of a party.
  const select = (i, focus) => {
    const p = parties[i], out = by('detail'), sets = new Set(p.sets);
    const into = connections.filter(c => sets.has(c.to) && !c.quiet);
    const from = connections.filter(c => sets.has(c.from) && !c.quiet);
    const title = make('h2', { tabindex: '-1' }, p.name);
    out.replaceChildren(title);
    const facts = [...p.marks];
    if (p.environment) facts.push('environment ' + p.environment);
    if (facts.length) out.append(make('p', { class: 'mark' }, facts.join('; ')));
    const part = (name, list, end) => {
      out.append(make('h3', {}, `${name} (${list.length})`));
      if (list.length) out.append(make('ul', {}, ...list.map(c => row(c, c[end]))));
    };
    part('Reached by', into.filter(c => c.because.length), 'from');
    part('Reaches', from.filter(c => c.because.length), 'to');
    if (p.open[1] && p.marks.length) out.append(make('p', {}, 'No policy isolates its ingress: whoever may send reaches it.'));
    if (p.open[0] && p.marks.length) out.append(make('p', {}, 'No policy isolates its egress: it reaches whoever accepts.'));
    const forbidden = data.forbidden.filter(f => f.within[0].includes(i) || f.within[1].includes(i));
    if (forbidden.length) out.append(make('h3', {}, 'Forbidden'), make('ul', {}, ...forbidden.map(f => make('li', {}, `${f.from} -> ${f.to}: ${f.text}`, lines([f.place])))));
    out.append(make('h3', {}, 'Blast radius'));
    if (!data.chainsKnown) {
      out.append(make('p', {}, `Too many chains for a page; ask: zt reach --path --from '${p.name}'`));
    } else {
      const chains = data.chains.filter(c => c[0] === i).sort((a, b) => a.length - b.length);
      if (!chains.length) out.append(make('p', {}, 'Whoever is in it reaches nothing.'));
      let steps = 0, list;
      for (const [, ...hops] of chains) {
        if (hops.length !== steps) {
          steps = hops.length;
          list = make('ul', {});
          out.append(make('h4', {}, steps === 1 ? 'In one step' : `In ${steps} steps`), list);
        }
        list.append(make('li', {}, p.name, ...hops.map(h => ` -> ${parties[connections[h].to].name} :${connections[h].text}`)));
      }
    }
    highlight(new Set([i]));
    if (focus) title.focus();
  };

  // Filters.
  const fill = (id, values) => by(id).append(...[...new Set(values)].sort().map(v => make('option', { value: v }, v)));
  fill('namespace', parties.map(p => p.namespace).filter(Boolean));
  const environments = parties.flatMap(p => p.environment ? p.environment.split(', ') : []);
  fill('environment', environments);
  by('environments').hidden = environments.length === 0;
  by('names').append(...parties.map(p => make('option', { value: p.name })));
  const filter = () => {
    const text = by('search').value.trim().toLowerCase(), ns = by('namespace').value, env = by('environment').value, port = by('port').value.trim();
    let wanted;
    by('port').setCustomValidity('');
    if (port) {
      try { wanted = portsOf(port).ports; } catch (e) { by('port').setCustomValidity(e.message); by('shown').textContent = e.message; return; }
    }
    const touched = new Set();
    if (wanted) for (const c of connections) if (c.because.length && overlaps(c.ports, wanted)) touched.add(c.from).add(c.to);
    const found = new Set(parties.flatMap((p, i) => p.name.toLowerCase().includes(text) && (!ns || p.namespace === ns) && (!env || p.environment.split(', ').includes(env)) && (!wanted || touched.has(i)) ? [i] : []));
    by('parties').replaceChildren(...[...found].map(i => make('li', {}, link(i))));
    const any = text || ns || env || port;
    by('shown').textContent = any ? `${found.size} of ${parties.length} parties` : '';
    highlight(null);
    if (!any) return;
    const ids = new Set([...found].map(i => String(parties[i].node)));
    for (const g of whole.querySelectorAll('.node')) g.classList.toggle('dim', !ids.has(g.dataset.n));
    for (const g of whole.querySelectorAll('.arrow')) g.classList.toggle('dim', !(g.dataset.from + ' ' + g.dataset.to).split(' ').some(n => ids.has(n)));
  };
  for (const id of ['search', 'namespace', 'environment', 'port']) by(id).addEventListener('input', filter);
  filter();

  by('ask').addEventListener('submit', e => { e.preventDefault(); showAnswer(by('question').value); });

  // The change.
  const difference = by('difference');
  if (difference) {
    by('changes').hidden = false;
    by('change').addEventListener('input', () => {
      const on = by('change').checked;
      by('whole').hidden = on;
      difference.hidden = !on;
      if (!on) { by('detail').replaceChildren(make('p', {}, 'Choose a party in the picture or below.')); return; }
      const list = opens => {
        const some = data.change.filter(c => c.opens === opens);
        return [make('h3', {}, `${opens ? 'Opens' : 'Closes'} (${some.length})`), make('ul', { class: opens ? 'opens' : 'closes' }, ...some.map(c => make('li', {}, `${c.from} -> ${c.to} :${c.text}`, make('p', {}, 'such as ' + c.witness), lines(c.because))))];
      };
      by('detail').replaceChildren(make('h2', {}, 'What changes'), ...list(true), ...list(false));
    });
  }
})();
