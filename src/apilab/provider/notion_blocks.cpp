#include "apilab/provider/notion_blocks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string_view>

#include "apilab/base/try.hpp"
#include "apilab/base/utf8.hpp"
#include "apilab/http/json.hpp"
#include "apilab/provider/notion_values.hpp"

namespace apilab::provider {

using http::json_quote;

NotionBlock NotionBlock::paragraph(std::string text) {
    return {"paragraph", std::move(text)};
}
NotionBlock NotionBlock::heading(int level, std::string text) {
    return {fmt::format("heading_{}", std::clamp(level, 1, 3)), std::move(text)};
}
NotionBlock NotionBlock::bullet(std::string text) {
    return {"bulleted_list_item", std::move(text)};
}
NotionBlock NotionBlock::numbered(std::string text) {
    return {"numbered_list_item", std::move(text)};
}
NotionBlock NotionBlock::to_do(std::string text, bool checked) {
    NotionBlock block("to_do", std::move(text));
    block.members_ = checked ? R"("checked":true)" : R"("checked":false)";
    return block;
}
NotionBlock NotionBlock::toggle(std::string text) {
    return {"toggle", std::move(text)};
}
NotionBlock NotionBlock::quote(std::string text) {
    return {"quote", std::move(text)};
}
NotionBlock NotionBlock::code(std::string text, std::string language) {
    NotionBlock block("code", std::move(text));
    block.members_ = "\"language\":" + json_quote(language);
    return block;
}
NotionBlock NotionBlock::divider() {
    return NotionBlock("divider");
}
NotionBlock NotionBlock::raw(std::string type, std::string content) {
    NotionBlock block(std::move(type));
    const auto open = content.find('{');
    const auto close = content.rfind('}');
    if (open != std::string::npos && close != std::string::npos && open < close) {
        block.members_ = content.substr(open + 1, close - open - 1);
    }
    return block;
}
NotionBlock NotionBlock::with(std::vector<NotionBlock> children) && {
    std::ranges::move(children, std::back_inserter(children_));
    return std::move(*this);
}

/// Writes blocks within the limits.
class NotionBlockWriter {
public:
    explicit NotionBlockWriter(const NotionBlockLimits& limits) : limits_(limits) {}

    Result<std::vector<NotionBatch>> write(const std::vector<NotionBlock>& blocks) {
        for (const auto& block : blocks) {
            APILAB_TRY(const auto parts, split(block));
            for (const auto& part : parts) {
                APILAB_CHECK(add(part));
            }
        }
        close();
        return std::move(batches_);
    }

private:
    // How much a block with all that is in it takes.
    struct Size {
        std::size_t blocks = 1;
        std::size_t levels = 0;
        std::size_t widest = 0;
    };
    static Size size_of(const NotionBlock& block) {
        Size size{.widest = block.children_.size()};
        for (const auto& child : block.children_) {
            const auto below = size_of(child);
            size.blocks += below.blocks;
            size.levels = std::max(size.levels, below.levels + 1);
            size.widest = std::max(size.widest, below.widest);
        }
        return size;
    }

    // One block for each text that fits into one; what was in it goes into the last.
    Result<std::vector<NotionBlock>> split(const NotionBlock& block) {
        std::vector<NotionBlock> parts;
        NotionBlock bare(block.type_);
        bare.members_ = block.members_;
        if (block.text_ && !valid_utf8(*block.text_)) {
            return fail(Error(ErrorKind::invalid_argument,
                              fmt::format("a {} block's text is not UTF-8", block.type_))
                            .with_detail(block.type_));
        }
        for (const auto text : texts_of(block)) {
            parts.push_back(bare);
            parts.back().text_ = text;
        }
        if (parts.empty()) {
            parts.push_back(bare);
            parts.back().text_ = block.text_;
        }
        for (const auto& child : block.children_) {
            APILAB_TRY(auto inner, split(child));
            std::ranges::move(inner, std::back_inserter(parts.back().children_));
        }
        return parts;
    }
    [[nodiscard]] std::vector<std::string_view> texts_of(const NotionBlock& block) const {
        std::vector<std::string_view> texts;
        std::size_t pieces = 0;
        std::size_t bytes = 0;
        const std::string_view all = block.text_ ? std::string_view(*block.text_) : "";
        for (const auto piece : notion_pieces(all, limits_.piece_max)) {
            const auto size = json_quote(piece).size() + piece_frame;
            if (texts.empty() || pieces == limits_.pieces_max ||
                bytes + size > limits_.bytes_max / 2) {
                texts.emplace_back(piece.data(), 0);
                pieces = 0;
                bytes = 0;
            }
            texts.back() = {texts.back().data(), texts.back().size() + piece.size()};
            pieces += 1;
            bytes += size;
        }
        return texts;
    }

    [[nodiscard]] std::string text_json(const std::string& text) const {
        std::string pieces;
        for (const auto piece : notion_pieces(text, limits_.piece_max)) {
            pieces += pieces.empty() ? "" : ",";
            pieces += "{\"text\":{\"content\":" + json_quote(piece) + "}}";
        }
        return "\"rich_text\":[" + pieces + "]";
    }
    [[nodiscard]] std::string json_of(const NotionBlock& block, bool whole) const {
        std::string members = block.text_ ? text_json(*block.text_) : "";
        if (!block.members_.empty()) {
            members += (members.empty() ? "" : ",") + block.members_;
        }
        if (whole && !block.children_.empty()) {
            std::string inner;
            for (const auto& child : block.children_) {
                inner += (inner.empty() ? "" : ",") + json_of(child, true);
            }
            members += (members.empty() ? "" : ",") + ("\"children\":[" + inner + "]");
        }
        const auto type = json_quote(block.type_);
        return fmt::format(R"({{"object":"block","type":{},{}:{{{}}}}})", type, type, members);
    }

    Result<void> add(const NotionBlock& block) {
        const auto size = size_of(block);
        bool whole = size.levels <= limits_.levels_max && size.widest <= limits_.list_max &&
                     size.blocks <= limits_.blocks_max;
        auto json = json_of(block, whole);
        if (whole && json.size() > limits_.bytes_max) {
            whole = false;
            json = json_of(block, false);
        }
        if (json.size() > limits_.bytes_max) {
            return fail(Error(ErrorKind::too_large,
                              fmt::format("a {} block has {} bytes, a request takes {}",
                                          block.type_, json.size(), limits_.bytes_max))
                            .with_detail(block.type_));
        }
        const std::size_t blocks = whole ? size.blocks : 1;
        if (now_.top == limits_.list_max || now_.blocks + blocks > limits_.blocks_max ||
            now_.children.size() + json.size() + 1 > limits_.bytes_max) {
            close();
        }
        now_.children += (now_.children.empty() ? "" : ",") + json;
        if (!whole) {
            now_.later.emplace_back(now_.top, block.children_);
        }
        now_.top += 1;
        now_.blocks += blocks;
        return {};
    }
    void close() {
        if (now_.top > 0) {
            now_.children = "[" + now_.children + "]";
            batches_.push_back(std::move(now_));
        }
        now_ = {};
    }

    // What stands around a piece.
    static constexpr std::size_t piece_frame = 24;

    const NotionBlockLimits& limits_;
    std::vector<NotionBatch> batches_;
    NotionBatch now_;
};

Result<std::vector<NotionBatch>> notion_batches(const std::vector<NotionBlock>& blocks,
                                                const NotionBlockLimits& limits) {
    return NotionBlockWriter(limits).write(blocks);
}

}  // namespace apilab::provider
