// Package relation has the sets out of which zt builds what is permitted: sets
// of label maps, of addresses and of ports.
//
// They range over everything that could exist, not over what does. A label
// key splits into the values that somebody names, any other value, and none;
// addresses and ports are intervals; a named port is an element of its own. So union,
// intersection and difference are exact, and every set that is not empty can
// show a member.
package relation
