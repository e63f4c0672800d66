import sys, tempfile, traceback, time
from pathlib import Path
import table
from broken import message_of
from cases import CASES
pat = sys.argv[1] if len(sys.argv)>1 else ""
with tempfile.TemporaryDirectory() as d:
    for n, c in enumerate(CASES):
        if pat and pat not in c.what: continue
        t=time.time()
        try:
            m = message_of(c, Path(d, str(n)))
        except BaseException as e:
            print("!!", c.what, "->", type(e).__name__, str(e)[:1500]); continue
        bad = [x for x in c.names if x not in m]
        print("??" if bad else "ok", c.what, f"({time.time()-t:.1f})", "\n      ", m.replace("\n","\n      "))
        if bad: print("      LACKS", bad)
