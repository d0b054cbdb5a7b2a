#include "apilab/sandbox/notion/internal/block_types.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <utility>

#include "apilab/sandbox/internal/json_value.hpp"
#include "apilab/sandbox/notion/internal/rich_text.hpp"

namespace apilab::sandbox::notion {
namespace {

namespace json = boost::json;

constexpr std::string_view plain = R"({"rich_text":[],"color":"default"})";
constexpr std::string_view with_icon = R"({"rich_text":[],"icon":null,"color":"default"})";
constexpr std::string_view heading = R"({"rich_text":[],"is_toggleable":false,"color":"default"})";
constexpr std::string_view media =
    R"({"caption":[],"type":"external","external":{"url":"https://files.example/x"}})";

constexpr std::array<BlockType, 28> types{{
    {"paragraph", with_icon, "blocks"},
    {"heading_1", heading},
    {"heading_2", heading},
    {"heading_3", heading},
    {"bulleted_list_item", plain, "blocks"},
    {"numbered_list_item", plain, "blocks"},
    {"to_do", R"({"rich_text":[],"checked":false,"color":"default"})", "blocks"},
    {"toggle", plain, "blocks"},
    {"quote", plain, "blocks"},
    {"callout", with_icon, "blocks"},
    {"code", R"({"caption":[],"rich_text":[],"language":"plain text"})"},
    {"divider", "{}"},
    {"equation", R"({"expression":"e=mc^2"})"},
    {"bookmark", R"({"caption":[],"url":"https://example.com"})"},
    {"embed", R"({"caption":[],"url":"https://example.com"})"},
    {"image", media},
    {"video", media},
    {"file", R"({"caption":[],"type":"external","external":{"url":"https://files.example/x"},)"
             R"("name":"x"})"},
    {"pdf", media},
    {"audio", media},
    {"table", R"({"table_width":2,"has_column_header":false,"has_row_header":false})", "table_row"},
    {"table_row", R"({"cells":[]})", "", false},
    {"column_list", "{}", "column"},
    {"column", "{}", "blocks", false},
    {"table_of_contents", R"({"color":"default"})"},
    {"breadcrumb", "{}"},
    {"synced_block", R"({"synced_from":null})", "blocks"},
    {"link_to_page", R"({"type":"page_id","page_id":"00000000-0000-4000-8000-000000000000"})"},
}};

constexpr std::size_t blocks_max = 1000;
constexpr int levels_max = 2;

using Trees = std::expected<std::vector<BlockTree>, std::string>;

struct Reading {
    std::size_t blocks = 0;
};

const BlockType* type_of(http::Json child) {
    if (const auto named = child["type"].string()) {
        const auto* found = find_block_type(*named);
        return found != nullptr && child[found->name].is_object() ? found : nullptr;
    }
    for (const auto& type : types) {
        if (child[type.name].is_object()) {
            return &type;
        }
    }
    return nullptr;
}

// As the real one lists it: one line for every kind that it could have been.
std::unexpected<std::string> no_kind(const std::string& path) {
    std::string text = "body failed validation. Fix one:";
    for (const auto& type : types) {
        text += fmt::format(" {}.{} should be defined, instead was `undefined`.", path, type.name);
    }
    return std::unexpected(std::move(text));
}

Trees read_level(http::Json children, const std::string& path, int level, Reading& reading);

std::expected<BlockTree, std::string> read_block(http::Json child, const std::string& path,
                                                 int level, Reading& reading) {
    if (++reading.blocks > blocks_max) {
        return too_long("body.children", blocks_max, reading.blocks);
    }
    const auto* type = type_of(child);
    if (type == nullptr) {
        return no_kind(path);
    }
    const auto below = fmt::format("{}.{}", path, type->name);
    auto content = json::parse(type->content).as_object();
    const auto sent = child[type->name];
    if (content.contains("rich_text") && sent["rich_text"].missing()) {
        return should_be(below + ".rich_text", "defined", http::Json());
    }
    auto read = read_content(sent, std::move(content), below);
    if (!read) {
        return std::unexpected(std::move(read).error());
    }
    BlockTree tree{.type = std::string(type->name), .content = *std::move(read)};
    const auto inner =
        child[type->name]["children"].missing() ? child["children"] : child[type->name]["children"];
    if (!inner.missing()) {
        if (level == levels_max || type->holds.empty()) {
            return should_be(below + ".children", "not present", inner);
        }
        auto trees = read_level(inner, below + ".children", level + 1, reading);
        if (!trees) {
            return std::unexpected(std::move(trees).error());
        }
        tree.children = *std::move(trees);
    }
    return tree;
}

Trees read_level(http::Json children, const std::string& path, int level, Reading& reading) {
    if (!children.is_array()) {
        return should_be(path, "an array", children);
    }
    if (children.size() > list_max) {
        return too_long(path, list_max, children.size());
    }
    std::vector<BlockTree> trees;
    for (const auto child : children.elements()) {
        auto tree = read_block(child, fmt::format("{}[{}]", path, trees.size()), level, reading);
        if (!tree) {
            return std::unexpected(std::move(tree).error());
        }
        trees.push_back(*std::move(tree));
    }
    return trees;
}

std::expected<json::value, std::string> read_cells(http::Json cells, const std::string& path) {
    json::array rows;
    for (const auto cell : cells.elements()) {
        auto text = read_rich_text(cell, fmt::format("{}[{}]", path, rows.size()));
        if (!text) {
            return std::unexpected(std::move(text).error());
        }
        rows.emplace_back(*std::move(text));
    }
    return rows;
}

}  // namespace

std::vector<BlockType> block_types() {
    std::vector<BlockType> free;
    std::ranges::copy_if(types, std::back_inserter(free), &BlockType::free);
    return free;
}

const BlockType* find_block_type(std::string_view name) {
    const auto* found = std::ranges::find(types, name, &BlockType::name);
    return found == types.end() ? nullptr : found;
}

json::object seed_content(const BlockType& type) {
    auto content = json::parse(type.content).as_object();
    if (content.contains("rich_text")) {
        content["rich_text"] = rich_text(fmt::format("A {}.", type.name));
    }
    if (content.contains("cells")) {
        content["cells"] = json::array{rich_text("left"), rich_text("right")};
    }
    return content;
}

Trees read_blocks(http::Json children, const std::string& path) {
    Reading reading;
    return children.missing() ? Trees() : read_level(children, path, 0, reading);
}

std::expected<json::object, std::string> read_content(http::Json sent, json::object content,
                                                      const std::string& path) {
    for (const auto& [name, value] : sent.members()) {
        if (name == "children") {
            continue;
        }
        const auto at = fmt::format("{}.{}", path, name);
        if (name == "rich_text" || name == "caption") {
            auto text = read_rich_text(value, at);
            if (!text) {
                return std::unexpected(std::move(text).error());
            }
            content[name] = *std::move(text);
        } else if (name == "cells") {
            auto cells = read_cells(value, at);
            if (!cells) {
                return std::unexpected(std::move(cells).error());
            }
            content[name] = *std::move(cells);
        } else {
            content[name] = to_value(value);
        }
    }
    return content;
}

}  // namespace apilab::sandbox::notion
