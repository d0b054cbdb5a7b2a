#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <optional>

#include "rules.hpp"

namespace apilab::arch {
namespace {

struct Line {
    std::size_t number = 0;
    std::string_view text;
};

struct Fence {
    std::size_t line = 0;
    std::string info;
};

// A document's prose (fenced blocks left out), and what its fences say after the backticks.
struct Markdown {
    std::vector<Line> prose;
    std::vector<Fence> fences;
};

Markdown read_markdown(std::string_view text) {
    Markdown markdown;
    bool fenced = false;
    std::size_t number = 0;
    for (std::string_view line : lines_of(text)) {
        ++number;
        const auto start = std::min(line.find_first_not_of(' '), line.size());
        if (line.substr(start).starts_with("```")) {
            if (!fenced) {
                markdown.fences.push_back({number, std::string(line.substr(start + 3))});
            }
            fenced = !fenced;
        } else if (!fenced) {
            markdown.prose.push_back({number, line});
        }
    }
    return markdown;
}

// The anchor that a heading gets: lower case, spaces become dashes, other marks go.
std::string anchor_of(std::string_view heading) {
    heading.remove_prefix(std::min(heading.find_first_not_of("# "), heading.size()));
    std::string anchor;
    for (char c : heading) {
        const auto byte = static_cast<unsigned char>(c);
        if (std::isalnum(byte) != 0 || c == '-' || c == '_' || byte >= 0x80) {
            anchor.push_back(static_cast<char>(std::tolower(byte)));
        } else if (c == ' ') {
            anchor.push_back('-');
        }
    }
    return anchor;
}

bool has_anchor(std::string_view text, std::string_view anchor) {
    return std::ranges::any_of(read_markdown(text).prose, [&](const Line& line) {
        return line.text.starts_with('#') && anchor_of(line.text) == anchor;
    });
}

// The targets of `[text](target)`; code spans are no links.
std::vector<std::string> link_targets(std::string_view line) {
    std::vector<std::string> targets;
    bool code = false;
    for (std::size_t at = 0; at < line.size(); ++at) {
        if (line[at] == '`') {
            code = !code;
        }
        if (!code && line.substr(at).starts_with("](")) {
            const auto end = std::min(line.find(')', at), line.size());
            targets.emplace_back(line.substr(at + 2, end - at - 2));
        }
    }
    return targets;
}

// What stands between single backticks.
std::vector<std::string_view> code_spans(std::string_view line) {
    std::vector<std::string_view> spans;
    std::size_t open = line.find('`');
    while (open != std::string_view::npos) {
        const auto close = line.find('`', open + 1);
        if (close == std::string_view::npos) {
            break;
        }
        spans.push_back(line.substr(open + 1, close - open - 1));
        open = line.find('`', close + 1);
    }
    return spans;
}

// Reads as a path from the root: only what paths are made of, and begins with a folder of ours.
bool is_our_path(std::string_view text) {
    static constexpr std::array folders{".devcontainer/", "bench/",    "cmake/", "deploy/",
                                        "docs/",          "examples/", "fuzz/",  "scenarios/",
                                        "src/",           "tests/"};
    return std::ranges::any_of(folders, [&](std::string_view f) { return text.starts_with(f); }) &&
           std::ranges::all_of(text, [](char c) {
               return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
                      std::string_view("_-./").contains(c);
           });
}

std::optional<std::string> broken(const SourceFile& file, const std::string& target,
                                  const Documents& documents) {
    if (target.find("://") != std::string::npos || target.starts_with("mailto:")) {
        return std::nullopt;
    }
    const auto hash = std::min(target.find('#'), target.size());
    std::string path = file.path;
    if (hash > 0) {
        const auto folder = std::filesystem::path(file.path).parent_path();
        path = (folder / target.substr(0, hash)).lexically_normal().generic_string();
        if (path.ends_with('/')) {
            path.pop_back();
        }
    }
    if (!documents.exists(path)) {
        return "the link " + target + " leads nowhere";
    }
    if (hash < target.size() && path.ends_with(".md") &&
        !has_anchor(documents.text(path), target.substr(hash + 1))) {
        return "the link " + target + " names no heading";
    }
    return std::nullopt;
}

}  // namespace

Violations check_one_title(const SourceFile& file) {
    const Markdown markdown = read_markdown(file.text);
    const auto titles = std::ranges::count_if(
        markdown.prose, [](const Line& line) { return line.text.starts_with("# "); });
    if (titles == 1) {
        return {};
    }
    return {{file.path, 0, "has " + std::to_string(titles) + " titles (`# ...`) instead of one"}};
}

Violations check_links(const SourceFile& file, const Documents& documents) {
    Violations violations;
    for (const Line& line : read_markdown(file.text).prose) {
        for (const std::string& target : link_targets(line.text)) {
            if (auto message = broken(file, target, documents)) {
                violations.push_back({file.path, line.number, *message});
            }
        }
    }
    return violations;
}

Violations check_paths(const SourceFile& file, const Documents& documents) {
    Violations violations;
    for (const Line& line : read_markdown(file.text).prose) {
        for (std::string_view span : code_spans(line.text)) {
            std::string path(span);
            if (path.ends_with('/')) {
                path.pop_back();
            }
            if (is_our_path(span) && !documents.exists(path)) {
                violations.push_back({file.path, line.number, "there is no " + path});
            }
        }
    }
    return violations;
}

Violations check_code_blocks(const SourceFile& file, const std::set<std::string>& compiled) {
    Violations violations;
    for (const Fence& fence : read_markdown(file.text).fences) {
        const bool cpp =
            fence.info == "cpp" || fence.info == "c++" || fence.info.starts_with("cpp ");
        if (cpp && !fence.info.starts_with("cpp example")) {
            violations.push_back(
                {file.path, fence.line, "C++ that is not compiled: say `cpp example`"});
        } else if (cpp && !compiled.contains(file.path)) {
            violations.push_back(
                {file.path, fence.line, "tests/docs/CMakeLists.txt does not name this file"});
        }
    }
    return violations;
}

}  // namespace apilab::arch
