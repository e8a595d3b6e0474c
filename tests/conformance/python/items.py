"""The items themselves, as JSON: what each observes, and where that is from.
   python items.py > items.json        (what they observe: python probes.py)"""
import json
from probes import ITEMS

print(json.dumps([{'id': f'B-{i:03d}', 'group': group, 'text': text, 'source': source}
                  for i, (group, text, _, source, _fn) in enumerate(ITEMS, 1)], indent=0, ensure_ascii=False))
