from synthesis.models.charts import Chart
from synthesis.models.deliverables import Deliverable, DeliverableFile, Edition, Reading, ReleasedInterview
from synthesis.models.findings import Answer, Citation, Finding, Summary
from synthesis.models.runs import Codebook, Passage, Run, Suggestion
from synthesis.models.tags import Tag

__all__ = [
    "Answer",
    "Chart",
    "Citation",
    "Codebook",
    "Deliverable",
    "DeliverableFile",
    "Edition",
    "Finding",
    "Passage",
    "Reading",
    "ReleasedInterview",
    "Run",
    "Suggestion",
    "Summary",
    "Tag",
]
