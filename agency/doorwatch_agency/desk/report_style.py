"""Styles of a report for screens, phones and paper, also in black and white."""

STYLE = """
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 24px 20px 48px; max-width: 820px; background: #fff;
  color: #111; font: 15px/1.5 system-ui, "Segoe UI", "Noto Sans", Arial, sans-serif;
  overflow-wrap: anywhere; }
h1 { margin: 0; font-size: 26px; line-height: 1.2; }
h2 { margin: 28px 0 8px; padding-bottom: 3px; border-bottom: 1px solid #111;
  font-size: 17px; line-height: 1.3; }
p { margin: 6px 0; }
ul { margin: 6px 0; padding-left: 22px; }
li { margin: 3px 0; }
code { font: 13px/1.45 ui-monospace, "DejaVu Sans Mono", Consolas, monospace;
  overflow-wrap: anywhere; }
.sub { margin: 4px 0 16px; font-size: 17px; }
.box { margin: 16px 0; padding: 10px 14px; border: 2px solid #111; }
.box strong { display: block; font-size: 19px; letter-spacing: 0.04em; }
.refused { border-width: 5px; border-style: double; }
.note { border-width: 1px; border-style: dashed; }
.top { display: flex; gap: 20px; align-items: flex-start; }
.top table { flex: 1; width: auto; }
figure { flex: 0 0 38%; margin: 12px 0; }
figure img { display: block; width: 100%; }
.quote { margin: 6px 0; padding-left: 12px; border-left: 3px solid #777;
  white-space: pre-line; }
.small { color: #444; font-size: 13px; font-weight: 400; }
table { width: 100%; margin: 8px 0; border-collapse: collapse; }
th, td { padding: 5px 10px 5px 0; border-bottom: 1px solid #bbb; text-align: left;
  vertical-align: top; }
thead th { border-bottom: 1px solid #111; font-size: 13px; }
tbody th { font-weight: 600; }
table.facts tbody th { width: 30%; }
table.times thead th { width: 26%; }
table.times thead th + th { width: 34%; }
table.times thead th + th + th { width: 40%; }
table.files thead th { width: 28%; }
table.files thead th + th { width: 72%; }
.files code { font-size: 12.5px; }
.result { width: 112px; white-space: nowrap; }
@media screen and (max-width: 560px) {
  body { padding: 16px 14px 32px; }
  h1 { font-size: 22px; }
  .sub { font-size: 16px; }
  table, tbody, .top { display: block; }
  thead { display: none; }
  tbody tr { display: block; padding: 6px 0; border-bottom: 1px solid #bbb; }
  tbody th, tbody td { display: block; width: auto !important; padding: 1px 0;
    border: 0; }
}
@media print {
  body { max-width: none; padding: 0; font-size: 9.5pt; line-height: 1.35; }
  h1 { font-size: 18pt; }
  h2 { margin-top: 14pt; font-size: 12pt; }
  h2, h2 + p { break-after: avoid; }
  table.facts { break-inside: avoid; }
  .sub { font-size: 12pt; }
  .details { break-before: page; }
  code, .files code { font-size: 8.2pt; }
  th, td { padding: 3pt 8pt 3pt 0; }
  .small, thead th { font-size: 8.5pt; }
  tr, li, .box { break-inside: avoid; }
  p { orphans: 3; widows: 3; }
}
"""
# Margins that suit A4 and Letter; the printer sets the paper size.
PAGE = """
@page {{ margin: 18mm 16mm 18mm 20mm;
  @bottom-left {{ content: "{left}"; font: 8pt sans-serif; }}
  @bottom-right {{ content: "Page " counter(page) " of " counter(pages);
    font: 8pt sans-serif; }} }}
"""
