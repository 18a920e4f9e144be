package render

// pictures is what TestWidths expects, by width.
var pictures = map[int]string{
	40: `
error[ZT101]: m
  --> f:1:79
   |
 1 | …日本, é, frontend -> backend, bac…
   |           ^^^^^^^^
   |
  ::: g:1:46
   |
 1 | …, y, y, y, y, y, y, y, y, y, tier
   |                               ----
   | this is where it is declared, in a
   | related message that is longer than
   | 40 columns
   |

1 error
`,
	80: `
error[ZT101]: m
  --> f:1:79
   |
 1 | … x, x,     日本, é, frontend -> backend, backend, backend, backend, backe…
   |                      ^^^^^^^^
   |
  ::: g:1:46
   |
 1 | y, y, y, y, y, y, y, y, y, y, y, y, y, y, y, tier
   |                                              ----
   | this is where it is declared, in a related message that is longer than 40
   | columns
   |

1 error
`,
	120: `
error[ZT101]: m
  --> f:1:79
   |
 1 | … x, x,     日本, é, frontend -> backend, backend, backend, backend, backend, backend, backend, backend, backend, …
   |                      ^^^^^^^^
   |
  ::: g:1:46
   |
 1 | y, y, y, y, y, y, y, y, y, y, y, y, y, y, y, tier
   |                                              ----
   | this is where it is declared, in a related message that is longer than 40 columns
   |

1 error
`,
}
