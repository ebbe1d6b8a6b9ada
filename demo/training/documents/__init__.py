"""The kinds of documents. Each builder takes (rng, new_canvas) and returns a Document."""
from .business import invoice, letter, receipt
from .charts import bar_chart, line_chart
from .forms import form, label
from .tables import ledger, report, table

KINDS = {
    "invoice": invoice, "receipt": receipt, "form": form, "label": label, "table": table, "bar_chart": bar_chart,
    "line_chart": line_chart, "letter": letter, "report": report, "ledger": ledger,
}
