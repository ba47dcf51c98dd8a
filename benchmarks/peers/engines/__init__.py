"""The programs that do the job. What those of other engines import is there or in their own
environment: none of them may import anything of ours outside this folder, but `ours`."""
