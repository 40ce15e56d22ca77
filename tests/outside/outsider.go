// An outsider: knows a log by its key alone and judges it with Go's own transparency log packages.
//
// One question a line comes in as JSON, one answer a line goes out. Octets travel as base64.
// Nothing here is shared with the gateway but the published formats.
package main

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8 // C2SP tlog-tiles: 256 hashes a tile

type question struct {
	Do    string
	Keys  []string // vkeys that are trusted
	Note  []byte
	Size  int64 // of the tree
	Root  []byte
	Old   int64 // size of the smaller tree
	Index int64
	Hash  []byte // the leaf's, or the smaller tree's root
	Proof [][]byte
	Path  string   // of a tile
	Place place    // where a log is
	Notes [][]byte // earlier checkpoints
	Leaf  map[string][]byte
}

type answer struct {
	Fault  string   `json:"fault"` // empty: it holds
	Text   string   `json:"text,omitempty"`
	Signed []string `json:"signed,omitempty"`
	Proof  [][]byte `json:"proof,omitempty"`
	Size   int64    `json:"size"`
	Proven int      `json:"proven"` // leaves and earlier checkpoints
}

var answers = map[string]func(question) (answer, error){
	"open":   open,
	"record": checkRecord,
	"tree":   checkTree,
	"path":   path,
	"prove":  prove,
	"log":    checkLog,
	"entry":  checkEntry,
}

func main() {
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := json.NewEncoder(os.Stdout)
	for {
		line, err := in.ReadBytes('\n')
		if err != nil {
			return
		}
		var asked question
		if err := json.Unmarshal(line, &asked); err != nil {
			panic(err)
		}
		found, err := answers[asked.Do](asked)
		if err != nil {
			found.Fault = err.Error()
		}
		if err := out.Encode(found); err != nil {
			panic(err)
		}
	}
}

// open: who of the known signed a note, and its text.
func open(asked question) (answer, error) {
	opened, err := opened(asked.Note, asked.Keys)
	if err != nil {
		return answer{}, err
	}
	found := answer{Text: opened.Text}
	for _, signature := range opened.Sigs {
		found.Signed = append(found.Signed, signature.Name)
	}
	return found, nil
}

func opened(message []byte, keys []string) (*note.Note, error) {
	var known []note.Verifier
	for _, key := range keys {
		verifier, err := note.NewVerifier(key)
		if err != nil {
			return nil, err
		}
		known = append(known, verifier)
	}
	return note.Open(message, note.VerifierList(known...))
}

// record: a leaf is in a tree.
func checkRecord(asked question) (answer, error) {
	hashes, err := hashesOf(append([][]byte{asked.Root, asked.Hash}, asked.Proof...))
	if err != nil {
		return answer{}, err
	}
	return answer{}, caught(func() error {
		return tlog.CheckRecord(hashes[2:], asked.Size, hashes[0], asked.Index, hashes[1])
	})
}

// tree: a smaller tree is the beginning of a larger one.
func checkTree(asked question) (answer, error) {
	hashes, err := hashesOf(append([][]byte{asked.Root, asked.Hash}, asked.Proof...))
	if err != nil {
		return answer{}, err
	}
	return answer{}, caught(func() error {
		return tlog.CheckTree(hashes[2:], asked.Size, hashes[0], asked.Old, hashes[1])
	})
}

// path: a tile's path, read and written again.
func path(asked question) (answer, error) {
	written := strings.TrimPrefix(asked.Path, "tile/")
	if written == asked.Path {
		return answer{}, errors.New("not a tile")
	}
	tile, err := tlog.ParseTilePath(fmt.Sprintf("tile/%d/%s", height, written))
	if err != nil {
		return answer{}, err
	}
	if tile.L < 0 {
		return answer{}, errors.New("an entry bundle, not hashes")
	}
	return answer{Text: published(tile)}, nil
}

// published: C2SP has no height in its paths, Go has.
func published(tile tlog.Tile) string {
	return strings.Replace(tile.Path(), fmt.Sprintf("tile/%d/", height), "tile/", 1)
}

// prove: the proof that Go makes from tiles: a leaf's (Old < 0), or a smaller tree's.
func prove(asked question) (answer, error) {
	hashes, err := hashesOf([][]byte{asked.Root})
	if err != nil {
		return answer{}, err
	}
	reader := tlog.TileHashReader(tlog.Tree{N: asked.Size, Hash: hashes[0]}, tiles{given(asked.Leaf)})
	var proof []tlog.Hash
	err = caught(func() (err error) {
		if asked.Old < 0 {
			proof, err = tlog.ProveRecord(asked.Size, asked.Index, reader)
		} else {
			proof, err = tlog.ProveTree(asked.Size, asked.Old, reader)
		}
		return err
	})
	found := answer{}
	for _, hash := range proof {
		found.Proof = append(found.Proof, append([]byte(nil), hash[:]...))
	}
	return found, err
}

// treeOf: a C2SP checkpoint; Go's ParseTree knows only the checksum database's first line, so it is put there.
func treeOf(message []byte, keys []string) (tlog.Tree, error) {
	opened, err := opened(message, keys)
	if err != nil {
		return tlog.Tree{}, err
	}
	origin, rest, _ := strings.Cut(opened.Text, "\n")
	if origin != opened.Sigs[0].Name {
		return tlog.Tree{}, errors.New("another log's checkpoint: " + origin)
	}
	return tlog.ParseTree([]byte("go.sum database tree\n" + rest))
}

func hashesOf(rows [][]byte) ([]tlog.Hash, error) {
	var hashes []tlog.Hash
	for _, row := range rows {
		hash, err := tlog.ParseHash(base64.StdEncoding.EncodeToString(row))
		if err != nil {
			return nil, err
		}
		hashes = append(hashes, hash)
	}
	return hashes, nil
}

// caught: the packages panic where a caller breaks their rules; here that is a fault like any other.
func caught(work func() error) (err error) {
	defer func() {
		if broken := recover(); broken != nil {
			err = fmt.Errorf("%v", broken)
		}
	}()
	return work()
}
