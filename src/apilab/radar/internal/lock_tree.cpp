#include "apilab/radar/internal/lock_tree.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "apilab/base/try.hpp"

namespace apilab::radar::internal {
namespace {

using Id = LockNode::Id;
using Kind = NpmSpec::Kind;

constexpr std::string_view modules = "node_modules/";

/// Where npm took it from, as far as `version` or `resolved` show.
std::optional<Kind> foreign_kind(std::string_view location) {
    if (location.starts_with("git") || location.starts_with("ssh:") ||
        location.starts_with("bitbucket:")) {
        return Kind::git;
    }
    if (location.starts_with("file:") || location.starts_with("link:")) {
        return Kind::local;
    }
    return std::nullopt;
}

}  // namespace

LockTree::LockTree(LockfileLimits limits) : limits_(limits), nodes_(1), paths_(1) {
    nodes_.front().own = true;
}

Result<Id> LockTree::child(Id parent, std::string_view name) {
    if (const auto found = children_.find({parent, name}); found != children_.end()) {
        return found->second;
    }
    if (nodes_.size() > limits_.packages_max) {
        return fail(Error(ErrorKind::too_large,
                          fmt::format("more than {} installed packages", limits_.packages_max)));
    }
    const std::uint32_t level = nodes_[parent].level + 1;
    if (level > limits_.levels_max) {
        return fail(
            Error(ErrorKind::too_large,
                  fmt::format("node_modules folders nested deeper than {}", limits_.levels_max)));
    }
    const Id id = static_cast<Id>(nodes_.size());
    LockNode node;
    node.parent = parent;
    node.level = level;
    node.name = name;
    nodes_.push_back(std::move(node));
    paths_.emplace_back();
    children_.emplace(std::pair(parent, name), id);
    return id;
}

std::optional<Id> LockTree::resolve(Id from, std::string_view name) const {
    while (true) {
        if (const auto found = children_.find({from, name});
            found != children_.end() && nodes_[found->second].present) {
            return found->second;
        }
        if (from == LockNode::root) {
            return std::nullopt;
        }
        from = nodes_[from].parent;
    }
}

std::string LockTree::pointer(Id id) const {
    if (by_path_) {
        return "/packages" + step(paths_[id]);
    }
    std::string out;
    for (; id != LockNode::root; id = nodes_[id].parent) {
        out.insert(0, "/dependencies" + step(nodes_[id].name));
    }
    return out;
}

Result<void> LockTree::check_names(Id id) const {
    const LockNode& node = nodes_[id];
    for (const std::string_view name : {node.name, std::string_view(node.real_name)}) {
        if (!node.own && !is_package_name(name)) {
            return fail(wrong(pointer(id), fmt::format("\"{}\" is no package name", readable(name)),
                              "expected letters, digits and . - _ ~, with @scope/ before it where "
                              "it is scoped, at most 214 in all"));
        }
    }
    return {};
}

Result<void> LockTree::fill_v1(Id id, http::Json entry) {
    const WhereNode where(*this, id);
    if (!entry.is_object()) {
        return fail(wrong(where.pointer(), "not an object",
                          "expected an object with the version installed"));
    }
    APILAB_CHECK(check_unique_keys(entry, where));
    APILAB_TRY(const std::string_view version, text_field(entry, "version", where));
    LockNode& node = nodes_[id];
    node.entry = entry;
    node.present = true;
    node.real_name = node.name;
    node.version = version;
    APILAB_TRY(node.dev, flag_field(entry, "dev", where));
    APILAB_TRY(node.optional, flag_field(entry, "optional", where));
    APILAB_TRY(node.bundled, flag_field(entry, "bundled", where));
    if (version.starts_with("npm:")) {
        const NpmSpec spec = parse_npm_spec(version);
        if (spec.alias_of.empty()) {
            return fail(wrong(where.pointer() + "/version", "an alias that cannot be read",
                              "expected npm:name@version"));
        }
        node.real_name = spec.alias_of;
        node.version = version.substr(version.rfind('@') + 1);
    } else if (version.starts_with("http:") || version.starts_with("https:")) {
        node.foreign = Kind::tarball;
    } else {
        node.foreign = foreign_kind(version);
    }
    return check_names(id);
}

Result<void> LockTree::read_v1(http::Json dependencies) {
    // A stack of objects still to read instead of recursion: the depth is the file's choice.
    std::vector<std::pair<Id, http::Json>> open = {{LockNode::root, dependencies}};
    while (!open.empty()) {
        const auto [parent, group] = open.back();
        open.pop_back();
        for (const auto& [name, entry] : group.members()) {
            APILAB_TRY(const Id id, child(parent, name));
            if (nodes_[id].present) {
                return fail(wrong(pointer(id), "the same package stands here twice",
                                  "keep one of them, or let npm write the file again"));
            }
            APILAB_CHECK(fill_v1(id, entry));
            APILAB_TRY(const http::Json nested,
                       object_field(entry, "dependencies", WhereNode(*this, id)));
            if (!nested.missing()) {
                open.emplace_back(id, nested);
            }
        }
    }
    return {};
}

/// `packages/web/node_modules/a/node_modules/@s/b` is b inside a inside the workspace.
Result<Id> LockTree::place(std::string_view path) {
    Id at = LockNode::root;
    std::size_t start = path.find(modules);
    while (start != 0 && start != std::string_view::npos && path[start - 1] != '/') {
        start = path.find(modules, start + 1);  // my_node_modules/ is an ordinary folder
    }
    const std::string_view folder =
        start == std::string_view::npos ? path : path.substr(0, start == 0 ? 0 : start - 1);
    if (!folder.empty()) {
        APILAB_TRY(at, child(at, folder));
        nodes_[at].own = true;
    }
    while (start != std::string_view::npos) {
        path.remove_prefix(start + modules.size());
        start = path.find("/node_modules/");
        APILAB_TRY(at, child(at, path.substr(0, start)));
        start += start == std::string_view::npos ? 0 : 1;
    }
    return at;
}

Result<void> LockTree::fill_package(Id id, http::Json entry) {
    const WhereNode where(*this, id);
    if (!entry.is_object()) {
        return fail(wrong(where.pointer(), "not an object",
                          "expected an object with the version installed"));
    }
    APILAB_CHECK(check_unique_keys(entry, where));
    LockNode& node = nodes_[id];
    node.entry = entry;
    node.present = true;
    APILAB_TRY(node.version, text_field(entry, "version", where));
    APILAB_TRY(const std::string_view name, text_field(entry, "name", where));
    APILAB_TRY(const std::string_view resolved, text_field(entry, "resolved", where));
    APILAB_TRY(node.link, flag_field(entry, "link", where));
    APILAB_TRY(node.dev, flag_field(entry, "dev", where));
    APILAB_TRY(node.optional, flag_field(entry, "optional", where));
    APILAB_TRY(node.bundled, flag_field(entry, "inBundle", where));
    // Needed by a development dependency and by an optional one: gone only with both.
    APILAB_TRY(const bool dev_or_optional, flag_field(entry, "devOptional", where));
    node.optional = node.optional || dev_or_optional;
    node.real_name = name.empty() || node.own || node.link ? node.name : name;
    node.foreign = node.link ? Kind::local : foreign_kind(resolved);
    return check_names(id);
}

Result<void> LockTree::read_packages(http::Json packages) {
    by_path_ = true;
    for (const auto& [path, entry] : packages.members()) {
        auto placed = place(path);
        if (!placed) {
            return fail(std::move(placed).error().in("/packages" + step(path)));
        }
        const Id id = *placed;
        paths_[id] = path;
        if (nodes_[id].present) {
            return fail(wrong(pointer(id), "the same path stands here twice",
                              "keep one of them, or let npm write the file again"));
        }
        APILAB_CHECK(fill_package(id, entry));
    }
    return {};
}

}  // namespace apilab::radar::internal
