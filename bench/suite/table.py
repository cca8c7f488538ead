"""The table: medians of all rounds, and by how many times this product is better than each of its peers."""
import json
from statistics import median

NATIVE, RCLONE, S3FS = "native ext4", "rclone", "s3fs"
PREFETCH, WGET, FLOOR, GET_ALONE, PUT_ALONE = "prefetch", "wget, aws s3 sync", "floor", "GET alone", "PUT alone"
MODES = ("page-cache", "passthrough", "auto", "plain")
COLUMNS = (NATIVE, *MODES, PREFETCH, RCLONE, S3FS, WGET, FLOOR, GET_ALONE, PUT_ALONE)
PEERS = (NATIVE, RCLONE, S3FS, WGET, FLOOR, GET_ALONE, PUT_ALONE)


class Row:
    """One figure, measured for several subjects in alternating rounds."""

    def __init__(self, case, unit, less_is_better, product):
        self.case, self.unit, self.less_is_better, self.product = case, unit, less_is_better, product
        self.values = {}

    def add(self, subject, value):
        self.values.setdefault(subject, []).append(value)

    def ratio(self, peer):
        """Median over the rounds of: how many times as good as the peer in the same round."""
        ours, theirs = self.values.get(self.product, []), self.values.get(peer, [])
        pairs = [(t / o if self.less_is_better else o / t) for o, t in zip(ours, theirs) if o and t]
        return median(pairs) if pairs else None


class Table:
    """Rows in the order in which they were first measured, and notes below them."""

    def __init__(self):
        self._rows, self._notes = {}, []

    def add(self, case, unit, subject, value, less_is_better=False, product="page-cache"):
        row = self._rows.setdefault((case, unit), Row(case, unit, less_is_better, product))
        row.add(subject, value)

    def note(self, text):
        if text not in self._notes:
            self._notes.append(text)

    def markdown(self):
        rows = list(self._rows.values())
        columns = [c for c in COLUMNS if any(c in row.values for row in rows)]
        peers = [p for p in PEERS if p in columns]
        head = ["case", "unit", *columns, *(f"x {peer}" for peer in peers)]
        lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * 2 + " ---: |" * (len(head) - 2)]
        for row in rows:
            cells = [row.case, row.unit]
            cells += [self._cell(row, column) for column in columns]
            cells += ["" if (ratio := row.ratio(peer)) is None else number(ratio) for peer in peers]
            lines.append("| " + " | ".join(cells) + " |")
        return "\n".join(lines + [""] + [f"- {note}" for note in self._notes])

    @staticmethod
    def _cell(row, column):
        if column not in row.values:
            return ""
        text = number(median(row.values[column]))
        return f"**{text}**" if column == row.product else text

    def raw(self):
        """Every round, as JSON."""
        return json.dumps([{"case": r.case, "unit": r.unit, "rounds": r.values} for r in self._rows.values()], indent=1)


def number(value):
    """Three significant digits, thousands with a comma."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}" if value >= 0.1 or value == 0 else f"{value:.4f}"
