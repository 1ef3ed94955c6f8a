"""What the hardware does beside a run: NVML, psutil, and the thread that asks them once a second."""
