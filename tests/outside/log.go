// A log where it is published: a folder, or what its gateway serves to a partner.
package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// log: the newest checkpoint opens, its tiles give its root, every given leaf is in it, every earlier checkpoint is its beginning.
func checkLog(asked question) (answer, error) {
	read, err := asked.Place.reader()
	if err != nil {
		return answer{}, err
	}
	newest, err := read("checkpoint")
	if err != nil {
		return answer{}, err
	}
	tree, err := treeOf(newest, asked.Keys)
	if err != nil {
		return answer{}, err
	}
	found := answer{Size: tree.N}
	reader := tlog.TileHashReader(tree, tiles{read})
	for _, earlier := range asked.Notes {
		if err := proveEarlier(tree, reader, earlier, asked.Keys); err != nil {
			return found, err
		}
		found.Proven++
	}
	for index, leaf := range asked.Leaf {
		if err := proveLeaf(tree, reader, index, leaf); err != nil {
			return found, fmt.Errorf("leaf %s: %w", index, err)
		}
		found.Proven++
	}
	return found, nil
}

func proveLeaf(tree tlog.Tree, reader tlog.HashReader, number string, leaf []byte) error {
	index, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		return err
	}
	proof, err := tlog.ProveRecord(tree.N, index, reader)
	if err != nil {
		return err
	}
	return tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(leaf))
}

func proveEarlier(tree tlog.Tree, reader tlog.HashReader, earlier []byte, keys []string) error {
	old, err := treeOf(earlier, keys)
	if err != nil {
		return err
	}
	if old == tree {
		return nil
	}
	if old.N > tree.N {
		return fmt.Errorf("checkpoint %d: the log is smaller now", old.N)
	}
	proof, err := tlog.ProveTree(tree.N, old.N, reader)
	if err != nil {
		return fmt.Errorf("checkpoint %d: %w", old.N, err)
	}
	if err := tlog.CheckTree(proof, tree.N, tree.Hash, old.N, old.Hash); err != nil {
		return fmt.Errorf("checkpoint %d: %w", old.N, err)
	}
	return nil
}

// entry: one leaf as it is served, with its proof to the checkpoint that comes with it (C2SP tlog-proof); the leaf is told.
func checkEntry(asked question) (answer, error) {
	read, err := asked.Place.reader()
	if err != nil {
		return answer{}, err
	}
	content, err := read(fmt.Sprintf("entry/%d", asked.Index))
	if err != nil {
		return answer{}, err
	}
	head, message, _ := bytes.Cut(content, []byte("\n\n"))
	rows := strings.Split(string(head), "\n")
	if len(rows) < 3 || rows[0] != "c2sp.org/tlog-proof@v1" || rows[2] != fmt.Sprintf("index %d", asked.Index) {
		return answer{}, errors.New("not a proof of that entry")
	}
	leaf, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(rows[1], "extra "))
	if err != nil {
		return answer{}, err
	}
	var proof tlog.RecordProof
	for _, row := range rows[3:] {
		hash, err := tlog.ParseHash(row)
		if err != nil {
			return answer{}, err
		}
		proof = append(proof, hash)
	}
	tree, err := treeOf(message, asked.Keys)
	if err != nil {
		return answer{}, err
	}
	found := answer{Text: string(leaf), Size: tree.N}
	return found, tlog.CheckRecord(proof, tree.N, tree.Hash, asked.Index, tlog.RecordHash(leaf))
}

type tiles struct {
	read func(string) ([]byte, error)
}

func (tiles) Height() int                         { return height }
func (tiles) SaveTiles(_ []tlog.Tile, _ [][]byte) {}

func (from tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var found [][]byte
	for _, tile := range wanted {
		data, err := from.read(published(tile))
		if err != nil {
			return nil, err
		}
		found = append(found, data)
	}
	return found, nil
}

func given(files map[string][]byte) func(string) ([]byte, error) {
	return func(path string) ([]byte, error) {
		data, found := files[path]
		if !found {
			return nil, errors.New(path + ": not given")
		}
		return data, nil
	}
}

// place: a folder, or an address with what the caller shows and trusts there.
type place struct {
	Folder, URL, Certificate, Key, Server string
}

func (at place) reader() (func(string) ([]byte, error), error) {
	if at.URL == "" {
		return func(path string) ([]byte, error) { return os.ReadFile(filepath.Join(at.Folder, path)) }, nil
	}
	client, err := at.client()
	if err != nil {
		return nil, err
	}
	return func(path string) ([]byte, error) {
		response, err := client.Get(at.URL + "/" + path)
		if err != nil {
			return nil, err
		}
		defer response.Body.Close()
		if response.StatusCode != http.StatusOK {
			return nil, errors.New(path + ": " + response.Status)
		}
		return io.ReadAll(response.Body)
	}, nil
}

func (at place) client() (*http.Client, error) {
	shown, err := tls.LoadX509KeyPair(at.Certificate, at.Key)
	if err != nil {
		return nil, err
	}
	server, err := os.ReadFile(at.Server)
	if err != nil {
		return nil, err
	}
	trusted := x509.NewCertPool()
	trusted.AppendCertsFromPEM(server)
	config := &tls.Config{Certificates: []tls.Certificate{shown}, RootCAs: trusted, MinVersion: tls.VersionTLS12}
	return &http.Client{Transport: &http.Transport{TLSClientConfig: config}}, nil
}
