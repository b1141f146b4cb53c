"""Issues: kept, listed, told, joined and parted."""
