#include "internal/pages.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace exercise::internal {
namespace {

using apilab::http::Json;

constexpr std::string_view end_mark = "<!-- end -->";

std::string start_mark(std::string_view name) {
    return fmt::format("<!-- {} -->\n", name);
}

// Where a region's body begins and ends.
std::optional<std::pair<std::size_t, std::size_t>> place(std::string_view page,
                                                         std::string_view name) {
    const auto mark = start_mark(name);
    const auto start = page.find(mark);
    const auto begin = start + mark.size();
    const auto end = start == std::string_view::npos ? start : page.find(end_mark, begin);
    if (end == std::string_view::npos) {
        return std::nullopt;
    }
    return std::pair(begin, end);
}

std::string text_of(Json json, std::string_view key) {
    return std::string(json[key].string_or(""));
}

// The row of that way on the first seed; missing where there is none.
Json row_of(Json matrix, std::string_view way) {
    for (const Json row : matrix["rows"].elements()) {
        if (row["way"].string_or("") == way) {
            return row;
        }
    }
    return {};
}

std::vector<std::string> red_of(Json row) {
    std::vector<std::string> red;
    for (const Json check : row["checks"].elements()) {
        if (check["status"].string_or("") == "fail") {
            red.push_back(text_of(check, "id"));
        }
    }
    return red;
}

bool varies(Json matrix) {
    return matrix["real_time"].boolean().value_or(false);
}

std::string numbers_table(Json matrix) {
    const bool real = varies(matrix);
    std::string text = "| |";
    std::string rule = "| --- |";
    const Json first = row_of(matrix, "production");
    for (const Json cell : (real ? Json() : first["cells"]).elements()) {
        text += fmt::format(" {} |", cell.at_pointer("/0").string_or(""));
        rule += " --- |";
    }
    text += real ? " verdict |\n" : " took | verdict |\n";
    text += rule + (real ? " --- |\n" : " --- | --- |\n");
    for (const char* way : {"naive", "production", "library"}) {
        const Json row = row_of(matrix, way);
        if (row.missing()) {
            continue;
        }
        text += fmt::format("| {} |", way);
        for (const Json cell : (real ? Json() : row["cells"]).elements()) {
            text += fmt::format(" {} |", cell.at_pointer("/1").string_or(""));
        }
        text += real ? "" : fmt::format(" {} |", text_of(row, "took"));
        text += fmt::format(" {} |\n", text_of(row, "status"));
    }
    return text;
}

// What the judge says of the check that is the sin's own, and which others are red besides.
std::string seen(Json matrix, Json sin) {
    const Json row = row_of(matrix, "--break=" + text_of(sin, "name"));
    const auto own = text_of(sin, "check");
    std::string said;
    std::string besides;
    for (const Json check : row["checks"].elements()) {
        if (check["status"].string_or("") != "fail") {
            continue;
        }
        const auto id = text_of(check, "id");
        if (id == own) {
            said = varies(matrix) ? "does not hold: " + text_of(check, "title")
                                  : text_of(check, "message");
        } else {
            besides += (besides.empty() ? "; and " : ", ") + id;
        }
    }
    return fmt::format("{}: {}{}", own, said, varies(matrix) ? "" : besides);
}

std::string breaks_table(Json matrix) {
    std::string text = "| take away | and it | what the judge sees |\n| --- | --- | --- |\n";
    for (const Json sin : matrix["sins"].elements()) {
        text += fmt::format("| `--break={}` | {} | {} |\n", text_of(sin, "name"),
                            text_of(sin, "effect"), seen(matrix, sin));
    }
    return text;
}

std::string contract(Json matrix) {
    std::string text = fmt::format(
        "**The judge's contract.** No operation takes longer than {}, and what decides is (`apilab "
        "explain ID` has the rule):\n\n",
        text_of(matrix, "deadline"));
    std::set<std::string> told;
    for (const char* way : {"production", "naive"}) {
        for (const Json check : row_of(matrix, way)["checks"].elements()) {
            if (told.insert(text_of(check, "id")).second) {
                text += fmt::format("- {} ({}): {}\n", text_of(check, "id"), text_of(check, "kind"),
                                    text_of(check, "title"));
            }
        }
    }
    return text;
}

}  // namespace

std::optional<std::string> region(std::string_view page, std::string_view name) {
    const auto found = place(page, name);
    if (!found) {
        return std::nullopt;
    }
    return std::string(page.substr(found->first, found->second - found->first));
}

apilab::Result<std::string> with_region(const std::string& page, std::string_view name,
                                        std::string_view body) {
    const auto found = place(page, name);
    if (!found) {
        return apilab::fail(
            apilab::Error(apilab::ErrorKind::invalid_argument,
                          fmt::format("there is no region `{}` with an end behind it", name))
                .with_remedy(
                    fmt::format("write <!-- {} --> and {} where it belongs", name, end_mark)));
    }
    return page.substr(0, found->first) + std::string(body) + page.substr(found->second);
}

apilab::Result<std::string> program_text(std::string_view source) {
    std::map<std::string, std::string> told;
    std::string* current = nullptr;
    while (source.starts_with("//")) {
        auto line = source.substr(2, source.find('\n') - 2);
        source.remove_prefix(std::min(source.size(), line.size() + 3));
        line.remove_prefix(std::min(line.size(), line.find_first_not_of(' ')));
        for (const char* key : {"Situation", "Shows", "Run", "Break"}) {
            if (line.starts_with(std::string(key) + "  ")) {
                current = &told[key];
                line.remove_prefix(std::string_view(key).size());
                line.remove_prefix(line.find_first_not_of(' '));
            }
        }
        if (current != nullptr && !line.empty()) {
            *current += (current->empty() ? "" : " ") + std::string(line);
        }
    }
    for (const char* key : {"Situation", "Shows", "Run", "Break"}) {
        if (told[key].empty()) {
            return apilab::fail(apilab::ErrorKind::invalid_argument,
                                fmt::format("its first comment has no line `{}`", key));
        }
    }
    const auto command = told["Run"].substr(0, told["Run"].find("  "));
    const auto rest = told["Run"].substr(command.size());
    const auto begin = rest.find_first_not_of(' ');
    return fmt::format("**Situation.** {}\n\n**Look.** {}\n\n**Run.** `{}`{}\n", told["Situation"],
                       told["Shows"], command,
                       begin == std::string::npos ? "" : " " + rest.substr(begin));
}

std::string numbers_text(Json matrix) {
    const char* when = varies(matrix)
                           ? "In real time, so that `--compare` has other numbers each time"
                           : "On seed 1, in virtual time";
    return fmt::format("**Naive against production.** {} (`src/exercises/numbers.sh`):\n\n{}", when,
                       numbers_table(matrix));
}

std::string breaks_text(Json matrix) {
    return "**Break.** Each takes one protection away:\n\n" + breaks_table(matrix) + "\n" +
           contract(matrix);
}

std::string matrix_row(Json matrix) {
    std::string breaks;
    for (const Json sin : matrix["sins"].elements()) {
        const auto red = red_of(row_of(matrix, "--break=" + text_of(sin, "name")));
        breaks += fmt::format(
            "{}`{}` {}", breaks.empty() ? "" : "; ", text_of(sin, "name"),
            varies(matrix) ? text_of(sin, "check") : fmt::to_string(fmt::join(red, ", ")));
    }
    const Json library = row_of(matrix, "library");
    const Json naive = row_of(matrix, "naive");
    return fmt::format("| `{}` | {} | {} | {}{} | {} | {} |\n", text_of(matrix, "exercise"),
                       text_of(row_of(matrix, "production"), "status"),
                       library.missing() ? "-" : text_of(library, "status"),
                       text_of(naive, "status"),
                       varies(matrix) ? "" : ": " + fmt::to_string(fmt::join(red_of(naive), ", ")),
                       text_of(row_of(matrix, "calm"), "status"), breaks);
}

std::vector<std::string> path_in(std::string_view readme) {
    std::vector<std::string> path;
    while (!readme.empty()) {
        auto line = readme.substr(0, readme.find('\n'));
        readme.remove_prefix(std::min(readme.size(), line.size() + 1));
        const bool of_a_day = line.size() > 2 && line.starts_with("| ") && line[2] >= '1' &&
                              line[2] <= '9' && line.contains("| `day");
        for (auto at = of_a_day ? line.find("`day") : line.npos; at != line.npos;
             at = line.find("`day", at + 1)) {
            path.emplace_back(line.substr(at + 1, line.find('`', at + 1) - at - 1));
        }
    }
    return path;
}

std::string checklist_text(const std::vector<apilab::sandbox::ChecklistItem>& items, int day) {
    std::string text;
    for (const auto& item : items) {
        text += item.day != day ? "" : fmt::format("- {}: {}\n", item.id, item.item);
    }
    return text;
}

}  // namespace exercise::internal
