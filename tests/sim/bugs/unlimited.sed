# pump/splice.c: splicing does not keep to the limit on bytes a second
s/lane_allowed(lane, AT_ONCE)/AT_ONCE/
