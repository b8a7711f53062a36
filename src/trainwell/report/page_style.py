"""The looks of a page: readable on a telephone, in the dark and on paper."""

STYLE = """
:root {
  color-scheme: light dark;
  --paper: #ffffff; --ink: #1f2328; --muted: #59636e; --line: #d0d7de; --shade: #f6f8fa;
  --link: #005a8f; --good: #00694b; --bad: #a83a00;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14171a; --ink: #e6e9ec; --muted: #9aa4ae; --line: #3a424a; --shade: #1d2226;
    --link: #7cc4f0; --good: #4fd1a5; --bad: #ff9d66;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; max-width: 68rem; padding: 1.5rem 1rem 4rem;
  background: var(--paper); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
  overflow-wrap: anywhere;
}
h1 { font-size: 1.8rem; line-height: 1.2; margin: 0 0 .5rem; }
h2 { font-size: 1.3rem; line-height: 1.3; margin: 2.5rem 0 .75rem; padding-top: .75rem;
     border-top: 1px solid var(--line); }
p { margin: .6rem 0; max-width: 46rem; white-space: pre-line; }
a { color: var(--link); }
.lead { font-size: 1.1rem; }
nav ul { display: flex; flex-wrap: wrap; gap: .3rem 1.2rem; list-style: none; padding: 0; }
.scroll { overflow-x: auto; margin: 1rem 0; }
table { border-collapse: collapse; font-size: .93rem; font-variant-numeric: tabular-nums; }
caption { caption-side: top; text-align: left; color: var(--muted); padding-bottom: .4rem; }
th, td { padding: .35rem .75rem; border-bottom: 1px solid var(--line); text-align: left;
         vertical-align: top; overflow-wrap: normal; unicode-bidi: isolate; }
thead th { border-bottom: 2px solid var(--muted); white-space: nowrap; }
tbody th { font-weight: 500; }
.number { text-align: right; white-space: nowrap; }
.good { color: var(--good); font-weight: 600; white-space: nowrap; }
.bad { color: var(--bad); font-weight: 600; white-space: nowrap; }
.neutral { color: var(--muted); }
figure { margin: 1rem 0; }
figure svg { display: block; max-width: 100%; height: auto; background: #ffffff;
             border-radius: 6px; }
figcaption { color: var(--muted); font-size: .93rem; padding-top: .4rem; max-width: 46rem; }
.beside { display: grid; gap: 0 1.5rem;
          grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr)); }
.beside > * { min-width: 0; }
dl { display: grid; grid-template-columns: minmax(7rem, max-content) 1fr; gap: .25rem 1.2rem;
     margin: 1rem 0; }
dt { color: var(--muted); }
dd { margin: 0; font-variant-numeric: tabular-nums; }
pre { background: var(--shade); border: 1px solid var(--line); border-radius: 6px;
      padding: .8rem 1rem; overflow-x: auto; font: .87rem/1.5 ui-monospace, Consolas, monospace;
      overflow-wrap: normal; }
details { border: 1px solid var(--line); border-radius: 6px; padding: .5rem 1rem; margin: 1rem 0; }
summary { cursor: pointer; font-weight: 600; }
footer { margin-top: 3rem; padding-top: .75rem; border-top: 1px solid var(--line);
         color: var(--muted); font-size: .9rem; }
@media print {
  :root { --paper: #ffffff; --ink: #000000; --muted: #444444; --line: #bbbbbb;
          --shade: #ffffff; --link: #000000; --good: #00543c; --bad: #8a3000; }
  body { max-width: none; padding: 0; font-size: 10.5pt; }
  nav { display: none; }
  figure, tr, dl { break-inside: avoid; }
  h2 { break-after: avoid; }
  .scroll, pre { overflow: visible; white-space: pre-wrap; }
  details::details-content { content-visibility: visible; block-size: auto; }
}
"""
"""One style sheet for every page, to be put inside it."""
