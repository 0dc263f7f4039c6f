# pump/ending.c: what moves does not count for -w
/^ending_note/,/^}/s/p->moved_at = now;/;/
