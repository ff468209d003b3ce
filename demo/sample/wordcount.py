"""Counts the words of a text file."""

import sys
from collections import Counter


def count(text: str) -> Counter[str]:
    words = (word.strip(".,;:!?#()").lower() for word in text.split())
    return Counter(word for word in words if word)


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:
        for word, times in count(file.read()).most_common(10):
            print(f"{times:5} {word}")
