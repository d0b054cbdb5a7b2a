#pragma once

#include <boost/json/object.hpp>
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/http/json.hpp"

namespace apilab::sandbox::notion {

/// A kind of block that clients can make.
struct BlockType {
    std::string_view name;
    /// Members of its content with their defaults, as JSON; texts are `[]`.
    std::string_view content;
    /// What may stand below it: `blocks`, `table_row`, `column` or nothing.
    std::string_view holds = {};
    /// Stands on its own; rows and columns stand in their holders only.
    bool free = true;
};
/// Those that stand on their own, in the order of the documentation.
[[nodiscard]] std::vector<BlockType> block_types();
/// Null where clients cannot make such a block.
[[nodiscard]] const BlockType* find_block_type(std::string_view name);
/// Some content for the seed world.
[[nodiscard]] boost::json::object seed_content(const BlockType& type);

/// A block as a client sends it, with what stands below it.
struct BlockTree {
    std::string type;
    boost::json::object content;
    std::vector<BlockTree> children;
};

/// The children of a request: at most 100 in a list, two levels of nesting, 1,000 in all. The error
/// is the message of a `validation_error`; `path` begins it: `body.children`.
[[nodiscard]] std::expected<std::vector<BlockTree>, std::string> read_blocks(
    http::Json children, const std::string& path);
/// The content of a block as a client sends it, put over `content`.
[[nodiscard]] std::expected<boost::json::object, std::string> read_content(
    http::Json sent, boost::json::object content, const std::string& path);

}  // namespace apilab::sandbox::notion
