#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "apilab/base/result.hpp"
#include "apilab/http/json.hpp"
#include "apilab/radar/internal/json_fields.hpp"
#include "apilab/radar/lockfile.hpp"
#include "apilab/radar/npm_spec.hpp"

namespace apilab::radar::internal {

/// One folder: the project, a workspace, or an entry of some node_modules. Views point into the
/// JSON document.
struct LockNode {
    using Id = std::uint32_t;
    static constexpr Id root = 0;

    /// Where `require` looks next. The root is its own parent.
    Id parent = root;
    std::uint32_t level = 0;
    /// The name it is installed under; a workspace's folder.
    std::string_view name;
    /// What the lockfile says about it; missing where only deeper entries exist.
    http::Json entry;
    std::string_view version;
    /// The real package; differs from `name` for an alias.
    std::string real_name;
    bool present = false;
    /// A link into the project; its dependencies belong to the folder it points to.
    bool link = false;
    /// The project itself or a folder of its own: not from the registry, and what it declares is
    /// direct.
    bool own = false;
    bool dev = false;
    bool optional = false;
    bool bundled = false;
    /// Why it is not looked up, where it is not.
    std::optional<NpmSpec::Kind> foreign;
};

/// The installed tree of a lockfile, with node's rule for finding a dependency: in the folder's own
/// node_modules, else in its parents'.
class LockTree {
public:
    explicit LockTree(LockfileLimits limits);

    /// Lockfile version 1: nested `dependencies`. Iterative; the depth is bounded by the JSON's.
    [[nodiscard]] Result<void> read_v1(http::Json dependencies);
    /// Versions 2 and 3: `packages` by path.
    [[nodiscard]] Result<void> read_packages(http::Json packages);

    [[nodiscard]] std::vector<LockNode>& nodes() { return nodes_; }
    [[nodiscard]] const std::vector<LockNode>& nodes() const { return nodes_; }
    /// The node that `name` means for code in `from`, or nothing.
    [[nodiscard]] std::optional<LockNode::Id> resolve(LockNode::Id from,
                                                      std::string_view name) const;
    /// JSON pointer of a node's entry.
    [[nodiscard]] std::string pointer(LockNode::Id id) const;

private:
    struct KeyHash {
        std::size_t operator()(const std::pair<LockNode::Id, std::string_view>& key) const {
            return std::hash<std::string_view>()(key.second) * 31 + key.first;
        }
    };

    [[nodiscard]] Result<LockNode::Id> child(LockNode::Id parent, std::string_view name);
    [[nodiscard]] Result<LockNode::Id> place(std::string_view path);
    [[nodiscard]] Result<void> fill_v1(LockNode::Id id, http::Json entry);
    [[nodiscard]] Result<void> fill_package(LockNode::Id id, http::Json entry);
    [[nodiscard]] Result<void> check_names(LockNode::Id id) const;

    LockfileLimits limits_;
    bool by_path_ = false;
    std::vector<LockNode> nodes_;
    /// `packages` keys of the nodes, for pointers.
    std::vector<std::string_view> paths_;
    std::unordered_map<std::pair<LockNode::Id, std::string_view>, LockNode::Id, KeyHash> children_;
};

/// The place of a node, for errors.
class WhereNode final : public Where {
public:
    WhereNode(const LockTree& tree, LockNode::Id id) : tree_(tree), id_(id) {}
    [[nodiscard]] std::string pointer() const override { return tree_.pointer(id_); }

private:
    const LockTree& tree_;
    LockNode::Id id_;
};

}  // namespace apilab::radar::internal
