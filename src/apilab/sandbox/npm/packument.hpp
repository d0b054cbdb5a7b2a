#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"
#include "apilab/http/json.hpp"
#include "apilab/sandbox/facts.hpp"

namespace apilab::sandbox::npm {

/// Stands in the texts below where the registry's own URL belongs (a noncharacter: no document has
/// it).
inline constexpr std::string_view base_mark = "\xf4\x8f\xbf\xbf";

/// One package as the registry serves it, written out once.
struct Packument {
    /// Where one version's manifest stands in `full`.
    struct Manifest {
        std::string version;
        std::size_t at = 0;
        std::size_t size = 0;
    };

    std::string name;
    std::string description;
    std::string license;
    /// The dist-tags, `latest` first where there is one.
    std::vector<std::pair<std::string, std::string>> tags;
    std::vector<Manifest> manifests;
    SystemTime modified;
    /// `3-0a1b...`; grows with every change.
    std::string revision;
    /// Who may publish it; empty: nobody here.
    std::string owner;
    /// It was recorded from a registry: its tarballs are not here.
    bool recorded = false;
    /// The document for `Accept: application/json`, with `base_mark` in it.
    std::string full;
    /// The document for `Accept: application/vnd.npm.install-v1+json`, likewise.
    std::string abbreviated;

    /// The manifest of a version or of the version a dist-tag names, or an empty view.
    [[nodiscard]] std::string_view manifest(std::string_view version_or_tag) const;
};

/// The document of a package of ours (providers/npm-registry, "Shapes").
[[nodiscard]] Packument make_packument(const PackageFacts& facts);

/// A packument that was recorded from a registry: every field is kept, `dist.tarball` is moved to
/// this registry. Errors (`decode`): no object, no `name`, `versions` is no object.
[[nodiscard]] Result<Packument> read_packument(http::Json document);

}  // namespace apilab::sandbox::npm
