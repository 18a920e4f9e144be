// Package protocol declares the messages of the Language Server Protocol, version 3.17, that zt
// uses. The names are those of the specification.
package protocol

import "encoding/json"

// Position is a place in a document. Character counts in the encoding that client and server chose.
type Position struct {
	Line      int `json:"line"`
	Character int `json:"character"`
}

// Range is a half-open range of a document.
type Range struct {
	Start Position `json:"start"`
	End   Position `json:"end"`
}

// Location is a range of some document.
type Location struct {
	URI   string `json:"uri"`
	Range Range  `json:"range"`
}

// The encodings of Position.
const (
	UTF8  = "utf-8"
	UTF16 = "utf-16"
)

// The codes of errors.
const (
	InvalidParams    = -32602
	InternalError    = -32603
	MethodNotFound   = -32601
	NotInitialized   = -32002
	InvalidRequest   = -32600
	RequestFailed    = -32803
	ContentModified  = -32801
	RequestCancelled = -32800
)

// InitializeParams is the first request.
type InitializeParams struct {
	RootURI          *string           `json:"rootUri"`
	WorkspaceFolders []WorkspaceFolder `json:"workspaceFolders"`
	Capabilities     struct {
		General struct {
			PositionEncodings []string `json:"positionEncodings"`
		} `json:"general"`
		Workspace struct {
			DidChangeWatchedFiles struct {
				DynamicRegistration bool `json:"dynamicRegistration"`
			} `json:"didChangeWatchedFiles"`
		} `json:"workspace"`
		TextDocument struct {
			Completion struct {
				CompletionItem struct {
					SnippetSupport bool `json:"snippetSupport"`
				} `json:"completionItem"`
			} `json:"completion"`
		} `json:"textDocument"`
	} `json:"capabilities"`
}

// WorkspaceFolder is a folder that the editor has open.
type WorkspaceFolder struct {
	URI  string `json:"uri"`
	Name string `json:"name"`
}

// InitializeResult says what the server can do.
type InitializeResult struct {
	Capabilities map[string]any `json:"capabilities"`
	ServerInfo   ServerInfo     `json:"serverInfo"`
}

// ServerInfo names the server.
type ServerInfo struct {
	Name    string `json:"name"`
	Version string `json:"version,omitempty"`
}

// DidOpen has a document that was opened.
type DidOpen struct {
	TextDocument struct {
		URI     string `json:"uri"`
		Version int    `json:"version"`
		Text    string `json:"text"`
	} `json:"textDocument"`
}

// DidChange has the changes of a document, to be applied one after the other.
type DidChange struct {
	TextDocument struct {
		URI     string `json:"uri"`
		Version int    `json:"version"`
	} `json:"textDocument"`
	ContentChanges []ContentChange `json:"contentChanges"`
}

// ContentChange replaces a range of a document, or all of it.
type ContentChange struct {
	Range *Range `json:"range"`
	Text  string `json:"text"`
}

// DidChangeWorkspaceFolders has the folders that were added and removed.
type DidChangeWorkspaceFolders struct {
	Event struct {
		Added   []WorkspaceFolder `json:"added"`
		Removed []WorkspaceFolder `json:"removed"`
	} `json:"event"`
}

// DocumentParams names a document.
type DocumentParams struct {
	TextDocument struct {
		URI string `json:"uri"`
	} `json:"textDocument"`
}

// PositionParams is a place in a document.
type PositionParams struct {
	DocumentParams
	Position Position `json:"position"`
}

// RangeParams is a range of a document.
type RangeParams struct {
	DocumentParams
	Range Range `json:"range"`
}

// ReferenceParams asks for references.
type ReferenceParams struct {
	PositionParams
	Context struct {
		IncludeDeclaration bool `json:"includeDeclaration"`
	} `json:"context"`
}

// RenameParams asks for the edits of a new name.
type RenameParams struct {
	PositionParams
	NewName string `json:"newName"`
}

// PrepareRename is what would be renamed.
type PrepareRename struct {
	Range       Range  `json:"range"`
	Placeholder string `json:"placeholder"`
}

// CancelParams names a request that is no longer of interest.
type CancelParams struct {
	ID json.RawMessage `json:"id"`
}

// PublishDiagnostics has all diagnostics of a document.
type PublishDiagnostics struct {
	URI         string       `json:"uri"`
	Version     *int         `json:"version,omitempty"`
	Diagnostics []Diagnostic `json:"diagnostics"`
}

// Diagnostic is a problem of a document.
type Diagnostic struct {
	Range              Range                `json:"range"`
	Severity           int                  `json:"severity"`
	Code               string               `json:"code"`
	CodeDescription    *CodeDescription     `json:"codeDescription,omitempty"`
	Source             string               `json:"source"`
	Message            string               `json:"message"`
	RelatedInformation []RelatedInformation `json:"relatedInformation,omitempty"`
	Tags               []int                `json:"tags,omitempty"`
}

// The severities and tags of diagnostics.
const (
	SeverityError   = 1
	SeverityWarning = 2
	SeverityNote    = 3
	TagUnnecessary  = 1
)

// CodeDescription is the page of a code.
type CodeDescription struct {
	Href string `json:"href"`
}

// RelatedInformation is another place that belongs to a problem.
type RelatedInformation struct {
	Location Location `json:"location"`
	Message  string   `json:"message"`
}

// TextEdit replaces a range.
type TextEdit struct {
	Range   Range  `json:"range"`
	NewText string `json:"newText"`
}

// WorkspaceEdit changes documents, by URI.
type WorkspaceEdit struct {
	Changes map[string][]TextEdit `json:"changes"`
}

// CodeActionParams asks for actions.
type CodeActionParams struct {
	RangeParams
	Context struct {
		Diagnostics []json.RawMessage `json:"diagnostics"`
		Only        []string          `json:"only"`
	} `json:"context"`
}

// CodeAction is a change that the user can choose.
type CodeAction struct {
	Title       string        `json:"title"`
	Kind        string        `json:"kind"`
	Diagnostics []Diagnostic  `json:"diagnostics,omitempty"`
	IsPreferred bool          `json:"isPreferred,omitempty"`
	Edit        WorkspaceEdit `json:"edit"`
}

// The kinds of code actions.
const (
	QuickFix     = "quickfix"
	SourceFixAll = "source.fixAll"
)

// Hover is what an editor shows at a place.
type Hover struct {
	Contents MarkupContent `json:"contents"`
	Range    *Range        `json:"range,omitempty"`
}

// MarkupContent is text in Markdown.
type MarkupContent struct {
	Kind  string `json:"kind"`
	Value string `json:"value"`
}

// Markdown returns text in Markdown.
func Markdown(text string) MarkupContent { return MarkupContent{"markdown", text} }

// CompletionList is what can be written at a place.
type CompletionList struct {
	IsIncomplete bool             `json:"isIncomplete"`
	Items        []CompletionItem `json:"items"`
}

// CompletionItem is one of the words that can be written.
type CompletionItem struct {
	Label         string         `json:"label"`
	Kind          int            `json:"kind"`
	Detail        string         `json:"detail,omitempty"`
	Documentation *MarkupContent `json:"documentation,omitempty"`
	SortText      string         `json:"sortText,omitempty"`
	TextEdit      TextEdit       `json:"textEdit"`
}

// The kinds of completion items.
const (
	CompleteModule   = 9  // a namespace
	CompleteProperty = 10 // a label
	CompleteValue    = 12
	CompleteEnum     = 13 // an environment
	CompleteKeyword  = 14
	CompleteFile     = 17
	CompleteClass    = 7  // a tier
	CompleteExternal = 8  // an external
	CompletePort     = 21 // a constant
)

// DocumentSymbol is something that a document declares.
type DocumentSymbol struct {
	Name           string           `json:"name"`
	Detail         string           `json:"detail,omitempty"`
	Kind           int              `json:"kind"`
	Range          Range            `json:"range"`
	SelectionRange Range            `json:"selectionRange"`
	Children       []DocumentSymbol `json:"children,omitempty"`
}

// SymbolInformation is something that a program declares.
type SymbolInformation struct {
	Name          string   `json:"name"`
	Kind          int      `json:"kind"`
	Location      Location `json:"location"`
	ContainerName string   `json:"containerName,omitempty"`
}

// The kinds of symbols.
const (
	SymbolNamespace   = 3
	SymbolTier        = 5  // class
	SymbolEnvironment = 10 // enum
	SymbolExternal    = 11 // interface
	SymbolPort        = 14 // constant
)

// WorkspaceSymbolParams asks for symbols whose name matches.
type WorkspaceSymbolParams struct {
	Query string `json:"query"`
}

// DocumentHighlight is another place of the name at the cursor.
type DocumentHighlight struct {
	Range Range `json:"range"`
	Kind  int   `json:"kind"`
}

// The kinds of highlights.
const (
	HighlightRead  = 2
	HighlightWrite = 3
)

// FoldingRange is lines that an editor can hide.
type FoldingRange struct {
	StartLine int    `json:"startLine"`
	EndLine   int    `json:"endLine"`
	Kind      string `json:"kind,omitempty"`
}

// SemanticTokens has five numbers for each token.
type SemanticTokens struct {
	Data []int `json:"data"`
}

// InlayHint is text that an editor shows inside a line.
type InlayHint struct {
	Position Position `json:"position"`
	Label    string   `json:"label"`
	Kind     int      `json:"kind"`
}

// InlayType is the kind of a hint that states what is not written.
const InlayType = 1

// CodeLens is text that an editor shows above a line.
type CodeLens struct {
	Range   Range    `json:"range"`
	Command *Command `json:"command,omitempty"`
	Data    any      `json:"data,omitempty"`
}

// Command is the text of a code lens. Without an identifier, it does nothing.
type Command struct {
	Title   string `json:"title"`
	Command string `json:"command"`
}

// Message is a message to the user, or for the log.
type Message struct {
	Type    int    `json:"type"`
	Message string `json:"message"`
}

// The types of messages.
const (
	MessageError   = 1
	MessageWarning = 2
)

// RegistrationParams asks the client for notifications.
type RegistrationParams struct {
	Registrations []Registration `json:"registrations"`
}

// Registration is one kind of notification.
type Registration struct {
	ID              string `json:"id"`
	Method          string `json:"method"`
	RegisterOptions any    `json:"registerOptions"`
}
