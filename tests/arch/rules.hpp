#pragma once

#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "source_text.hpp"

// The rules of the house as functions from text to what breaks them, so that each can be shown to
// bite on a few lines made for it (rules_test.cpp) before it is asked about the tree
// (tree_test.cpp).

namespace apilab::arch {

using Violations = std::vector<Violation>;

/// A module includes only what stands below it (ARCHITECTURE.md), and no other module's internals.
[[nodiscard]] Violations check_include_direction(const SourceFile& file);
/// The DEPENDS of a module's CMakeLists.txt obey the same table.
[[nodiscard]] Violations check_declared_depends(const SourceFile& file);
/// Third-party headers stop where the table in rules_layers.cpp says.
[[nodiscard]] Violations check_third_party(const SourceFile& file);
/// A module's source includes its own header first; nothing is included by a relative path.
[[nodiscard]] Violations check_include_style(const SourceFile& file);

/// Calls that have a replacement of ours, which the message names.
[[nodiscard]] Violations check_banned_calls(const SourceFile& file);
/// Host names of package registries and paths of one machine.
[[nodiscard]] Violations check_hosts_and_paths(const SourceFile& file);
/// Words that say that something was left for later.
[[nodiscard]] Violations check_leftovers(const SourceFile& file);

/// Files of at most 600 lines, functions of at most 70.
[[nodiscard]] Violations check_sizes(const SourceFile& file);
/// A program of the days is read from top to bottom: at most 100 lines where it is the day's core,
/// which is the one with a starter, else 200.
[[nodiscard]] Violations check_program_size(const SourceFile& file, bool has_starter);
/// `listed` holds the words of the nearest CMakeLists.txt, `path` the file's path from there.
[[nodiscard]] Violations check_listed(const SourceFile& file, std::string_view path,
                                      const std::set<std::string>& listed);

/// One `# title` per document.
[[nodiscard]] Violations check_one_title(const SourceFile& file);
/// Links to files of ours lead somewhere, `#fragments` to a heading. `exists` is asked about a path
/// from the root, `headings` gives the anchors of a document.
class Documents {
public:
    Documents() = default;
    Documents(const Documents&) = delete;
    Documents& operator=(const Documents&) = delete;
    virtual ~Documents() = default;
    [[nodiscard]] virtual bool exists(const std::string& path) const = 0;
    [[nodiscard]] virtual std::string text(const std::string& path) const = 0;
};
[[nodiscard]] Violations check_links(const SourceFile& file, const Documents& documents);
/// A path from the root in code quotes (`src/cli/`) is there. Places with `*`, `<` or `{` in them
/// are none, and neither is what a build or a run makes.
[[nodiscard]] Violations check_paths(const SourceFile& file, const Documents& documents);
/// C++ in a document is compiled: its fence says `cpp example`, and the document is among
/// `compiled`.
[[nodiscard]] Violations check_code_blocks(const SourceFile& file,
                                           const std::set<std::string>& compiled);

/// A line of tests/mutants/*.txt breaks what stands in its file, once. Whether a test notices is
/// for
/// `./lab mutants`, which takes hours; a line that is out of date is seen here.
[[nodiscard]] Violations check_mutants(const SourceFile& file, const Documents& documents);

/// The names in a CMakeLists.txt, without comments.
[[nodiscard]] std::set<std::string> cmake_words(std::string_view text);

}  // namespace apilab::arch
