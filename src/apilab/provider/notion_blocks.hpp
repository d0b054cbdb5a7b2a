#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apilab/base/error.hpp"
#include "apilab/base/result.hpp"

namespace apilab::provider {

/// A block of a page's content, to be appended by `Notion::append`. A value. Texts are UTF-8 of any
/// length: what is too long for one block goes on in the next one of its kind. Source:
/// developers.notion.com/reference/block.
///
///     NotionBlock::heading(2, "Why"), NotionBlock::bullet("CVSS 9.1"),
///     NotionBlock::toggle("Evidence").with({NotionBlock::paragraph(text)})
class NotionBlock {
public:
    [[nodiscard]] static NotionBlock paragraph(std::string text);
    /// Level 1 to 3; others are taken as the nearest.
    [[nodiscard]] static NotionBlock heading(int level, std::string text);
    [[nodiscard]] static NotionBlock bullet(std::string text);
    [[nodiscard]] static NotionBlock numbered(std::string text);
    [[nodiscard]] static NotionBlock to_do(std::string text, bool checked);
    [[nodiscard]] static NotionBlock toggle(std::string text);
    [[nodiscard]] static NotionBlock quote(std::string text);
    /// In a language that Notion knows (`json`, `shell`, `plain text`).
    [[nodiscard]] static NotionBlock code(std::string text, std::string language = "plain text");
    [[nodiscard]] static NotionBlock divider();
    /// Any other kind: its content as JSON, children included, sent as it is.
    [[nodiscard]] static NotionBlock raw(std::string type, std::string content);

    /// With blocks in it, in any depth.
    [[nodiscard]] NotionBlock with(std::vector<NotionBlock> children) &&;

    [[nodiscard]] const std::string& type() const { return type_; }
    [[nodiscard]] const std::vector<NotionBlock>& children() const { return children_; }

private:
    friend class NotionBlockWriter;
    explicit NotionBlock(std::string type) : type_(std::move(type)) {}
    NotionBlock(std::string type, std::string text)
        : type_(std::move(type)), text_(std::move(text)) {}

    std::string type_;
    std::optional<std::string> text_;
    /// Further members of the content, or all of it where there is no text: `"checked":true`.
    std::string members_;
    std::vector<NotionBlock> children_;
};

/// What goes into one request of `append`.
struct NotionBatch {
    /// A JSON array.
    std::string children;
    /// Blocks at its top, and all of them.
    std::size_t top = 0;
    std::size_t blocks = 0;
    /// Blocks that go below the top one of that number once it has an id: deeper, or more of them,
    /// than a request takes.
    std::vector<std::pair<std::size_t, std::vector<NotionBlock>>> later;
};

/// Limits of one request (developers.notion.com/reference/request-limits).
struct NotionBlockLimits {
    /// Blocks in one list.
    std::size_t list_max = 100;
    std::size_t blocks_max = 1000;
    /// Bytes of the body, with room for what stands around the blocks.
    std::size_t bytes_max = 500'000 - 1000;
    /// Levels below the top ones.
    std::size_t levels_max = 2;
    /// UTF-16 units in a piece of text, and pieces in a block.
    std::size_t piece_max = 2000;
    std::size_t pieces_max = 100;
};

/// Blocks as requests that each keep the limits, in order. Nothing is left out. Errors:
/// `invalid_argument` for a text that is not UTF-8, `too_large` for a `raw` block that is larger
/// than a request.
[[nodiscard]] Result<std::vector<NotionBatch>> notion_batches(
    const std::vector<NotionBlock>& blocks, const NotionBlockLimits& limits = {});

/// How far `Notion::append` came.
struct NotionAppended {
    /// The new blocks at the top, in order.
    std::vector<std::string> ids;
    /// All that were made, those in others included.
    std::size_t blocks = 0;
    /// Why it went no further; what was made before stays. With outcome `unknown` the last request
    /// may have been carried out: look before more is appended.
    std::optional<Error> error;
};

}  // namespace apilab::provider
