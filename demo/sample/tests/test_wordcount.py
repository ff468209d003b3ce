import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
from wordcount import count  # noqa: E402


class CountTest(unittest.TestCase):
    def test_ignores_case_and_punctuation(self):
        self.assertEqual(count("One, two. TWO!")["two"], 2)


if __name__ == "__main__":
    unittest.main()
