"""Clinical knowledge as data: organ, disease and shared files, validated on load."""

from ironreport.knowledge.held import Knowledge
from ironreport.knowledge.loading import load_knowledge, published_knowledge

__all__ = ["Knowledge", "load_knowledge", "published_knowledge"]
