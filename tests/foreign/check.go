// Checks an exported audit log with Go's own libraries: the note, the root, inclusions and consistency.
// It shares no code with the service. Usage: check FOLDER KEY [OLD-CHECKPOINT...]; prints what it checked, exits 1 at a fault.
package main

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func fail(format string, arguments ...any) {
	fmt.Fprintf(os.Stderr, "FAULT "+format+"\n", arguments...)
	os.Exit(1)
}

// head reads the tree head out of a checkpoint that the key signed.
func head(file string, verifier note.Verifier) tlog.Tree {
	data, err := os.ReadFile(file)
	if err != nil {
		fail("%v", err)
	}
	opened, err := note.Open(data, note.VerifierList(verifier))
	if err != nil {
		fail("%s: %v", file, err)
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 3 || lines[0] != verifier.Name() {
		fail("%s is no checkpoint of %s", file, verifier.Name())
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		fail("%v", err)
	}
	root, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || len(root) != tlog.HashSize {
		fail("the root of %s is malformed", file)
	}
	tree := tlog.Tree{N: size}
	copy(tree.Hash[:], root)
	return tree
}

func bundle(folder string, index int64, width int64) string {
	name := fmt.Sprintf("%03d", index%1000)
	for index = index / 1000; index > 0; index /= 1000 {
		name = fmt.Sprintf("x%03d/%s", index%1000, name)
	}
	if width < 256 {
		name += fmt.Sprintf(".p/%d", width)
	}
	return filepath.Join(folder, "tile", "entries", name)
}

type hashes []tlog.Hash

func (stored hashes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for place, index := range indexes {
		if index >= int64(len(stored)) {
			return nil, fmt.Errorf("no hash %d", index)
		}
		out[place] = stored[index]
	}
	return out, nil
}

func main() {
	if len(os.Args) < 3 {
		fail("usage: check FOLDER KEY [OLD-CHECKPOINT...]")
	}
	folder := os.Args[1]
	verifier, err := note.NewVerifier(os.Args[2])
	if err != nil {
		fail("%v", err)
	}
	tree := head(filepath.Join(folder, "checkpoint"), verifier)

	var stored hashes
	var count int64
	leaves := []tlog.Hash{}
	for count < tree.N {
		width := min(256, tree.N-count)
		data, err := os.ReadFile(bundle(folder, count/256, width))
		if err != nil {
			fail("%v", err)
		}
		for len(data) >= 2 {
			length := int(data[0])<<8 | int(data[1])
			if len(data) < 2+length {
				fail("a bundle ends within an entry")
			}
			entry := data[2 : 2+length]
			data = data[2+length:]
			more, err := tlog.StoredHashes(count, entry, stored)
			if err != nil {
				fail("%v", err)
			}
			leaves = append(leaves, tlog.RecordHash(entry))
			stored = append(stored, more...)
			count++
		}
	}
	root, err := tlog.TreeHash(tree.N, stored)
	if err != nil || root != tree.Hash {
		fail("the entries do not give the root that was signed (%v)", err)
	}
	fmt.Printf("note.Open: signed by %s\ntlog.TreeHash: %d entries give the root\n", verifier.Name(), tree.N)

	checked := 0
	for index := int64(0); index < tree.N; index += max(1, tree.N/200) {
		proof, err := tlog.ProveRecord(tree.N, index, stored)
		if err != nil {
			fail("%v", err)
		}
		if err := tlog.CheckRecord(proof, tree.N, tree.Hash, index, leaves[index]); err != nil {
			fail("inclusion of %d: %v", index, err)
		}
		checked++
	}
	fmt.Printf("tlog.CheckRecord: %d inclusions hold\n", checked)

	for _, file := range os.Args[3:] {
		if strings.HasSuffix(file, ".tlog-proof") {
			ours(file, verifier)
			continue
		}
		old := head(file, verifier)
		proof, err := tlog.ProveTree(tree.N, old.N, stored)
		if err != nil {
			fail("%v", err)
		}
		if err := tlog.CheckTree(proof, tree.N, tree.Hash, old.N, old.Hash); err != nil {
			fail("consistency with %d: %v", old.N, err)
		}
		fmt.Printf("tlog.CheckTree: continues the checkpoint of %d\n", old.N)
	}
}

// ours checks a proof file that the service made.
func ours(file string, verifier note.Verifier) {
	data, err := os.ReadFile(file)
	if err != nil {
		fail("%v", err)
	}
	text, checkpoint, _ := strings.Cut(string(data), "\n\n")
	lines := strings.Split(text, "\n")
	temporary := file + ".checkpoint"
	if err := os.WriteFile(temporary, []byte(checkpoint), 0o600); err != nil {
		fail("%v", err)
	}
	tree := head(temporary, verifier)
	entry, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(lines[1], "extra "))
	if err != nil {
		fail("%v", err)
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[2], "index "), 10, 64)
	if err != nil {
		fail("%v", err)
	}
	proof := tlog.RecordProof{}
	for _, line := range lines[3:] {
		raw, err := base64.StdEncoding.DecodeString(line)
		if err != nil {
			fail("%v", err)
		}
		var hash tlog.Hash
		copy(hash[:], raw)
		proof = append(proof, hash)
	}
	if err := tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(entry)); err != nil {
		fail("%s: %v", file, err)
	}
	fmt.Printf("tlog.CheckRecord: the service's own proof of event %d holds\n", index)
}

func min(a, b int64) int64 {
	if a < b {
		return a
	}
	return b
}

func max(a, b int64) int64 {
	if a > b {
		return a
	}
	return b
}
