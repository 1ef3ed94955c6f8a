"""What every recorded answer must come to, worked out step by step from its last line and its arrival times.

The captures stand alone here; the two pairs are put together in the tests. `t` is the TTFT in ns.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from chimera_tui.domain.flags import Cause


class Parts(NamedTuple):
    """ns; they sum to TTFT."""

    queue: int
    load: int
    prefill: int
    first_decode: int
    rest: int


@dataclass(frozen=True)
class Row:
    ttft_ms: float | None = None
    """Arrival of the first line with text; None when none came."""
    chunks: int = 0
    tokens: int | None = None
    prompt_tokens: int | None = None
    parts: Parts | None = None
    queue_ns: int | None = None
    """Where there are no parts, for want of a first token."""
    decode_rate: float | None = None
    throughput: float | None = None
    loaded_before: bool | None = True
    """What `/api/ps` would have said before the request, by the capture's note; None when it does not tell."""
    reloads: tuple[str, ...] = ()
    flags: tuple[Cause, ...] = ()


# The prefill rate is withheld in every row: this server did not say how much of a prompt was cached.
# fmt: off
EXPECTED = {
    "chat_stream": Row(
        # queue: 1_147_903_232 - 1_164_027 - 325_360_000 - 815_140_000 = 6_239_205
        # decode step: 815_140_000 / 39 = 20_901_026
        # left of t: 337_502_000 - 1_164_027 - 325_360_000 - 6_239_205 = 4_738_768
        # first decode takes all that is left
        # rates: 39 / 0.81514 s, 40 / 0.81514 s
        ttft_ms=337.502, chunks=39, tokens=40, prompt_tokens=91,
        parts=Parts(6_239_205, 1_164_027, 325_360_000, 4_738_768, 0),
        decode_rate=47.84454204186, throughput=49.07132517114,
    ),
    "generate_after_client_cancel": Row(
        # queue: 434_386_649 - 6_388_855 - 30_708_000 - 196_499_000 = 200_790_794
        # decode step: 196_499_000 / 3 = 65_499_667
        # left of t: 301_453_000 - 6_388_855 - 30_708_000 - 200_790_794 = 63_565_351
        # first decode takes all that is left
        # rates: 3 / 0.196499 s, 4 / 0.196499 s
        ttft_ms=301.453, chunks=3, tokens=4, prompt_tokens=68,
        parts=Parts(200_790_794, 6_388_855, 30_708_000, 63_565_351, 0),
        decode_rate=15.26725326846, throughput=20.35633769129,
        flags=(Cause.QUEUED_ELSEWHERE, Cause.PROMPT_CACHED, Cause.SHORT_OUTPUT),
    ),
    "generate_after_runner_killed": Row(
        # queue: 1_474_277_588 - 762_434_062 - 498_762_000 - 208_619_000 = 4_462_526
        # decode step: 208_619_000 / 3 = 69_539_667
        # left of t: 1_342_013_000 - 762_434_062 - 498_762_000 - 4_462_526 = 76_354_412
        # rest: 76_354_412 - 69_539_667 = 6_814_745
        # rates: 3 / 0.208619 s, 4 / 0.208619 s
        ttft_ms=1342.013, chunks=3, tokens=4, prompt_tokens=68,
        parts=Parts(4_462_526, 762_434_062, 498_762_000, 69_539_667, 6_814_745),
        decode_rate=14.38028175765, throughput=19.17370901021,
        loaded_before=False,
        flags=(Cause.COLD_LOAD, Cause.SHORT_OUTPUT),
    ),
    "generate_cold": Row(
        # queue: 2_423_865_159 - 770_779_624 - 360_888_000 - 1_284_620_000 = 7_577_535
        # decode step: 1_284_620_000 / 39 = 32_938_974
        # left of t: 1_178_366_000 - 770_779_624 - 360_888_000 - 7_577_535 = 39_120_841
        # rest: 39_120_841 - 32_938_974 = 6_181_867
        # rates: 39 / 1.28462 s, 40 / 1.28462 s
        ttft_ms=1178.366, chunks=36, tokens=40, prompt_tokens=68,
        parts=Parts(7_577_535, 770_779_624, 360_888_000, 32_938_974, 6_181_867),
        decode_rate=30.35917236225, throughput=31.13761267924,
        loaded_before=False,
        flags=(Cause.COLD_LOAD,),
    ),
    "generate_non_stream": Row(
        # queue: 1_211_981_833 - 909_648 - 23_530_000 - 1_183_535_000 = 4_007_185
        # decode step: 1_183_535_000 / 39 = 30_347_051
        # left of t: 1_218_979_000 - 909_648 - 23_530_000 - 4_007_185 = 1_190_532_167
        # rest: 1_190_532_167 - 30_347_051 = 1_160_185_116
        # rates: 39 / 1.183535 s, 40 / 1.183535 s
        ttft_ms=1218.979, chunks=1, tokens=40, prompt_tokens=68,
        parts=Parts(4_007_185, 909_648, 23_530_000, 30_347_051, 1_160_185_116),
        decode_rate=32.95213069322, throughput=33.79705712125,
        # rest / t: 95 %, since the whole answer is one line
        flags=(Cause.UNEXPLAINED, Cause.PROMPT_CACHED),
    ),
    "generate_num_ctx_change_reload": Row(
        # queue: 1_977_928_125 - 851_749_783 - 272_512_000 - 850_189_000 = 3_477_342
        # decode step: 850_189_000 / 39 = 21_799_718
        # left of t: 1_153_626_000 - 851_749_783 - 272_512_000 - 3_477_342 = 25_886_875
        # rest: 25_886_875 - 21_799_718 = 4_087_157
        # rates: 39 / 0.850189 s, 40 / 0.850189 s
        ttft_ms=1153.626, chunks=36, tokens=40, prompt_tokens=68,
        parts=Parts(3_477_342, 851_749_783, 272_512_000, 21_799_718, 4_087_157),
        decode_rate=45.87215313301, throughput=47.04836218770,
        reloads=("num_ctx",),
        flags=(Cause.RELOAD_RUN_BEFORE,),
    ),
    "generate_num_gpu_change_reload": Row(
        # queue: 1_922_674_533 - 855_510_145 - 268_053_999 - 795_677_000 = 3_433_389
        # decode step: 795_677_000 / 39 = 20_401_974
        # left of t: 1_148_742_000 - 855_510_145 - 268_053_999 - 3_433_389 = 21_744_467
        # rest: 21_744_467 - 20_401_974 = 1_342_493
        # rates: 39 / 0.795677 s, 40 / 0.795677 s
        ttft_ms=1148.742, chunks=36, tokens=40, prompt_tokens=68,
        parts=Parts(3_433_389, 855_510_145, 268_053_999, 20_401_974, 1_342_493),
        decode_rate=49.01486407173, throughput=50.27165545818,
        reloads=("num_gpu",),
        flags=(Cause.RELOAD_RUN_BEFORE,),
    ),
    "generate_one_token": Row(
        # one token in 1_000 ns would be 10^6 tokens/s: no rate
        # queue: 1_129_951_342 - 844_744_519 - 278_557_000 - 1_000 = 6_648_823
        chunks=0, tokens=1, prompt_tokens=68,
        queue_ns=6_648_823,
        loaded_before=None,
        flags=(Cause.COLD_LOAD, Cause.SHORT_OUTPUT),
    ),
    "generate_out_of_range_temperature_ok": Row(
        # queue: 89_896_379 - 1_007_473 - 19_588_000 - 62_170_000 = 7_130_906
        # decode step: 62_170_000 / 3 = 20_723_333
        # left of t: 49_860_000 - 1_007_473 - 19_588_000 - 7_130_906 = 22_133_621
        # rest: 22_133_621 - 20_723_333 = 1_410_288
        # rates: 3 / 0.06217 s, 4 / 0.06217 s
        ttft_ms=49.86, chunks=3, tokens=4, prompt_tokens=68,
        parts=Parts(7_130_906, 1_007_473, 19_588_000, 20_723_333, 1_410_288),
        decode_rate=48.25478526621, throughput=64.33971368827,
        flags=(Cause.PROMPT_CACHED, Cause.SHORT_OUTPUT),
    ),
    "generate_prompt_truncated": Row(
        # queue: 2_242_604_071 - 857_169_491 - 528_001_999 - 848_355_000 = 9_077_581
        # decode step: 848_355_000 / 39 = 21_752_692
        # left of t: 1_408_092_000 - 857_169_491 - 528_001_999 - 9_077_581 = 13_842_929
        # first decode takes all that is left
        # rates: 39 / 0.848355 s, 40 / 0.848355 s
        ttft_ms=1408.092, chunks=39, tokens=40, prompt_tokens=131,
        parts=Parts(9_077_581, 857_169_491, 528_001_999, 13_842_929, 0),
        decode_rate=45.97132096823, throughput=47.15007278792,
        reloads=("num_ctx",),
        flags=(Cause.RELOAD_RUN_BEFORE, Cause.PROMPT_TRUNCATED),
    ),
    "generate_sampler_change_no_reload": Row(
        # queue: 1_707_072_948 - 935_646 - 24_725_000 - 1_673_501_000 = 7_911_302
        # decode step: 1_673_501_000 / 39 = 42_910_282
        # left of t: 76_313_000 - 935_646 - 24_725_000 - 7_911_302 = 42_741_052
        # first decode takes all that is left
        # rates: 39 / 1.673501 s, 40 / 1.673501 s
        ttft_ms=76.313, chunks=37, tokens=40, prompt_tokens=68,
        parts=Parts(7_911_302, 935_646, 24_725_000, 42_741_052, 0),
        decode_rate=23.30443782227, throughput=23.90198751002,
        flags=(Cause.PROMPT_CACHED,),
    ),
    "generate_utf8_merge": Row(
        # queue: 297_142_949 - 257_890_489 - 28_091_000 - 6_659_000 = 4_502_460
        # decode step: 6_659_000 / 11 = 605_364
        # left of t: 292_302_000 - 257_890_489 - 28_091_000 - 4_502_460 = 1_818_051
        # rest: 1_818_051 - 605_364 = 1_212_687
        # rates: 11 / 0.006659 s, 12 / 0.006659 s
        ttft_ms=292.302, chunks=12, tokens=12, prompt_tokens=20,
        parts=Parts(4_502_460, 257_890_489, 28_091_000, 605_364, 1_212_687),
        decode_rate=1651.899684637, throughput=1802.072383241,
        loaded_before=False,
        flags=(Cause.COLD_LOAD, Cause.SHORT_OUTPUT),
    ),
    "generate_warm_cached": Row(
        # queue: 845_789_969 - 1_170_246 - 18_902_000 - 822_194_000 = 3_523_723
        # decode step: 822_194_000 / 39 = 21_081_897
        # left of t: 44_863_000 - 1_170_246 - 18_902_000 - 3_523_723 = 21_267_031
        # rest: 21_267_031 - 21_081_897 = 185_134
        # rates: 39 / 0.822194 s, 40 / 0.822194 s
        ttft_ms=44.863, chunks=36, tokens=40, prompt_tokens=68,
        parts=Parts(3_523_723, 1_170_246, 18_902_000, 21_081_897, 185_134),
        decode_rate=47.43406057451, throughput=48.65031853796,
        flags=(Cause.PROMPT_CACHED,),
    ),
    "generate_warm_new_prompt": Row(
        # queue: 4_126_662_467 - 1_182_214 - 2_542_520_000 - 1_577_712_000 = 5_248_253
        # decode step: 1_577_712_000 / 39 = 40_454_154
        # left of t: 2_553_943_000 - 1_182_214 - 2_542_520_000 - 5_248_253 = 4_992_533
        # first decode takes all that is left
        # rates: 39 / 1.577712 s, 40 / 1.577712 s
        ttft_ms=2553.943, chunks=40, tokens=40, prompt_tokens=475,
        parts=Parts(5_248_253, 1_182_214, 2_542_520_000, 4_992_533, 0),
        decode_rate=24.71934041194, throughput=25.35316965327,
    ),
    "pair_different_num_gpu_A": Row(
        # queue: 11_203_967_143 - 2_079_574 - 21_272_000 - 11_166_643_000 = 13_972_569
        # decode step: 11_166_643_000 / 59 = 189_265_136
        # left of t: 54_861_000 - 2_079_574 - 21_272_000 - 13_972_569 = 17_536_857
        # first decode takes all that is left
        # rates: 59 / 11.166643 s, 60 / 11.166643 s
        ttft_ms=54.861, chunks=56, tokens=60, prompt_tokens=68,
        parts=Parts(13_972_569, 2_079_574, 21_272_000, 17_536_857, 0),
        decode_rate=5.283593287616, throughput=5.373145716219,
        flags=(Cause.PROMPT_CACHED,),
    ),
    "pair_different_num_gpu_B": Row(
        # queue: 15_049_950_895 - 12_442_858_503 - 325_313_000 - 2_277_952_000 = 3_827_392
        # decode step: 2_277_952_000 / 59 = 38_609_356
        # left of t: 12_780_677_000 - 12_442_858_503 - 325_313_000 - 3_827_392 = 8_678_105
        # first decode takes all that is left
        # rates: 59 / 2.277952 s, 60 / 2.277952 s
        ttft_ms=12780.677, chunks=60, tokens=60, prompt_tokens=82,
        parts=Parts(3_827_392, 12_442_858_503, 325_313_000, 8_678_105, 0),
        decode_rate=25.90045795522, throughput=26.33944876802,
        flags=(Cause.RELOAD_OTHER_CLIENT,),
    ),
    "pair_same_options_A": Row(
        # queue: 24_636_102_993 - 1_180_431 - 2_453_068_000 - 22_178_764_000 = 3_090_562
        # decode step: 22_178_764_000 / 59 = 375_911_254
        # left of t: 4_515_457_000 - 1_180_431 - 2_453_068_000 - 3_090_562 = 2_058_118_007
        # rest: 2_058_118_007 - 375_911_254 = 1_682_206_753
        # rates: 59 / 22.178764 s, 60 / 22.178764 s
        ttft_ms=4515.457, chunks=54, tokens=60, prompt_tokens=68,
        parts=Parts(3_090_562, 1_180_431, 2_453_068_000, 375_911_254, 1_682_206_753),
        decode_rate=2.660202344910, throughput=2.705290520247,
        # rest / t: 37 %
        flags=(Cause.UNEXPLAINED,),
    ),
    "pair_same_options_B": Row(
        # queue: 32_459_474_455 - 1_190_707 - 271_987_000 - 7_671_482_000 = 24_514_814_748
        # decode step: 7_671_482_000 / 59 = 130_025_119
        # left of t: 24_791_083_000 - 1_190_707 - 271_987_000 - 24_514_814_748 = 3_090_545
        # first decode takes all that is left
        # rates: 59 / 7.671482 s, 60 / 7.671482 s
        ttft_ms=24791.083, chunks=60, tokens=60, prompt_tokens=82,
        parts=Parts(24_514_814_748, 1_190_707, 271_987_000, 3_090_545, 0),
        decode_rate=7.690821669138, throughput=7.821174578784,
        flags=(Cause.QUEUED_ELSEWHERE,),
    ),
    "queue_full_0": Row(
        # queue: 2_873_713_070 - 760_307_037 - 276_560_000 - 1_832_660_000 = 4_186_033
        # decode step: 1_832_660_000 / 59 = 31_062_034
        # left of t: 1_164_141_000 - 760_307_037 - 276_560_000 - 4_186_033 = 123_087_930
        # rest: 123_087_930 - 31_062_034 = 92_025_896
        # rates: 59 / 1.83266 s, 60 / 1.83266 s
        ttft_ms=1164.141, chunks=54, tokens=60, prompt_tokens=68,
        parts=Parts(4_186_033, 760_307_037, 276_560_000, 31_062_034, 92_025_896),
        decode_rate=32.19364202853, throughput=32.73929697816,
        loaded_before=False,
        flags=(Cause.COLD_LOAD,),
    ),
    "queue_full_3": Row(
        # queue: 4_709_299_133 - 760_764_248 - 29_434_000 - 1_802_066_000 = 2_117_034_885
        # decode step: 1_802_066_000 / 59 = 30_543_492
        # left of t: 2_972_970_000 - 760_764_248 - 29_434_000 - 2_117_034_885 = 65_736_867
        # rest: 65_736_867 - 30_543_492 = 35_193_375
        # rates: 59 / 1.802066 s, 60 / 1.802066 s
        ttft_ms=2972.97, chunks=56, tokens=60, prompt_tokens=68,
        parts=Parts(2_117_034_885, 760_764_248, 29_434_000, 30_543_492, 35_193_375),
        decode_rate=32.74019930458, throughput=33.29511793686,
        loaded_before=False,
        flags=(Cause.QUEUED_ELSEWHERE, Cause.COLD_LOAD, Cause.PROMPT_CACHED),
    ),
    "generate_repeat_guard_no_done": Row(
        ttft_ms=263.06, chunks=31,
        flags=(Cause.NO_DONE,),
    ),
    "runner_killed_mid_stream": Row(
        ttft_ms=1422.808, chunks=112,
        flags=(Cause.NO_DONE,),
    ),
    "server_killed_mid_stream": Row(
        ttft_ms=66.635, chunks=118,
        flags=(Cause.NO_DONE,),
    ),
    "preload": Row(
        chunks=0,
    ),
    "preload2": Row(
        chunks=0,
    ),
    "unload": Row(
        chunks=0,
    ),
}
# fmt: on
