"""Clinical knowledge as data: organ, disease and shared files, validated on load."""

from ironreport.knowledge.loading import Knowledge, load_knowledge, published_knowledge

__all__ = ["Knowledge", "load_knowledge", "published_knowledge"]
