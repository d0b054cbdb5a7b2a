// Pages from tables: what stands in them once is not written twice.

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>

#include "apilab/base/ascii.hpp"
#include "apilab/base/try.hpp"
#include "apilab/sandbox/checklist/checklist.hpp"
#include "apilab/sandbox/judge/check.hpp"
#include "explain/embedded.hpp"
#include "explain/topic.hpp"
#include "suggestion.hpp"

namespace apilab::cli {
namespace {

Result<toml::table> read_table(std::string_view name) {
    try {
        return toml::parse(explain_file(name));
    } catch (const toml::parse_error& error) {
        return fail(ErrorKind::internal, fmt::format("{}: {}", name, error.description()));
    }
}

std::string text_at(const toml::table& table, std::string_view key) {
    return table[key].value_or(std::string());
}

std::vector<std::string> list_at(const toml::table& table, std::string_view key) {
    std::vector<std::string> list;
    if (const auto* array = table[key].as_array()) {
        for (const auto& element : *array) {
            list.push_back(element.value_or(std::string()));
        }
    }
    return list;
}

// The sections that every page of ours has.
std::string sections(const toml::table& entry) {
    std::string text;
    for (const auto& [key, heading] :
         {std::pair("what", "What it is"), std::pair("why", "Why it matters"),
          std::pair("wrong", "What the wrong program does"), std::pair("do", "What to do here"),
          std::pair("read", "Where to read")}) {
        if (const auto part = text_at(entry, key); !part.empty()) {
            text += fmt::format("## {}\n\n{}\n\n", heading, part);
        }
    }
    return text;
}

std::string_view in_words(sandbox::CheckLevel level) {
    switch (level) {
        case sandbox::CheckLevel::normative:
            return "a rule of the standard, or of security";
        case sandbox::CheckLevel::recommended:
            return "recommended by the standard or the provider";
        default:
            return "advice";
    }
}

std::string_view in_words(sandbox::CheckKind kind) {
    switch (kind) {
        case sandbox::CheckKind::pre:
            return "Without it the verdict is unknown";
        case sandbox::CheckKind::must:
        case sandbox::CheckKind::never:
            return "It decides the verdict";
        default:
            return "It is reported, and decides only where a scenario says so";
    }
}

// The text of a Markdown page without its title.
std::string_view body_of(std::string_view page) {
    const auto line = page.find('\n');
    return page.starts_with("# ") && line != std::string_view::npos ? page.substr(line + 1) : page;
}

}  // namespace

Result<void> add_check_topics(std::vector<Topic>& topics) {
    APILAB_TRY(const auto table, read_table("checks.toml"));
    for (const auto& check : sandbox::all_checks()) {
        const auto& card = check->card();
        const auto* entry = table[card.id].as_table();
        if (entry == nullptr) {
            return fail(ErrorKind::internal, fmt::format("checks.toml: no entry for {}", card.id));
        }
        Topic topic{.id = std::string(card.id),
                    .title = fmt::format("a client passes that {}", card.title),
                    .group = "checks of the judge",
                    .see = list_at(*entry, "see"),
                    .day = (*entry)["day"].value_or(0)};
        topic.text =
            fmt::format("{}: {}. {}.\n\n{}## Where to read\n\n{}\n", to_string(card.kind),
                        in_words(card.level), in_words(card.kind), sections(*entry), card.source);
        topics.push_back(std::move(topic));
    }
    return {};
}

Result<void> add_checklist_topics(std::vector<Topic>& topics) {
    APILAB_TRY(const auto items, sandbox::built_in_checklist());
    for (const auto& item : items) {
        topics.push_back(
            {.id = item.id,
             .title = item.item,
             .group = "items of the integration checklist",
             .text = fmt::format("Of the group {}. Seen by: {}.\n\n## How it is shown\n\n{}.\n",
                                 item.group, sandbox::check_words(item.check), item.how),
             .day = item.day});
    }
    return {};
}

Result<void> add_concept_topics(std::vector<Topic>& topics) {
    APILAB_TRY(const auto table, read_table("concepts.toml"));
    for (const auto& [key, node] : table) {
        const auto& entry = *node.as_table();
        Topic topic{.id = std::string(key.str()),
                    .title = text_at(entry, "title"),
                    .group = text_at(entry, "group"),
                    .aliases = list_at(entry, "alias"),
                    .text = sections(entry),
                    .checks = list_at(entry, "checks"),
                    .checklist = list_at(entry, "checklist"),
                    .see = list_at(entry, "see"),
                    .day = entry["day"].value_or(0)};
        if (const auto page = text_at(entry, "page"); !page.empty()) {
            const auto name = page.substr(page.rfind('/') + 1);
            const auto text = explain_file(name);
            if (text.empty()) {
                return fail(ErrorKind::internal, fmt::format("concepts.toml: no page {}", page));
            }
            topic.text = std::string(body_of(text));
        }
        topics.push_back(std::move(topic));
    }
    return {};
}

Result<std::vector<Topic>> all_topics() {
    std::vector<Topic> topics;
    APILAB_CHECK(add_concept_topics(topics));
    add_exit_code_topics(topics);
    add_error_topics(topics);
    APILAB_CHECK(add_check_topics(topics));
    APILAB_CHECK(add_checklist_topics(topics));
    // A concept names its checks and items; they name it back.
    for (const auto& topic : std::vector<Topic>(topics)) {
        for (auto& other : topics) {
            const auto names = [&](const std::vector<std::string>& list) {
                return std::ranges::find(list, other.id) != list.end();
            };
            const bool known = std::ranges::find(other.see, topic.id) != other.see.end();
            if ((names(topic.checks) || names(topic.checklist)) && !known) {
                other.see.push_back(topic.id);
            }
        }
    }
    std::vector<Topic> grouped;
    while (!topics.empty()) {
        const auto group = topics.front().group;
        for (const auto& topic : topics) {
            if (topic.group == group) {
                grouped.push_back(topic);
            }
        }
        std::erase_if(topics, [&](const Topic& topic) { return topic.group == group; });
    }
    return grouped;
}

const Topic* find_topic(const std::vector<Topic>& topics, std::string_view name) {
    const auto wanted = ascii_lowered(name);
    for (const auto& topic : topics) {
        const bool here = ascii_lowered(topic.id) == wanted ||
                          std::ranges::any_of(topic.aliases, [&](const std::string& alias) {
                              return ascii_lowered(alias) == wanted;
                          });
        if (here) {
            return &topic;
        }
    }
    return nullptr;
}

std::string closest_topic(const std::vector<Topic>& topics, std::string_view name) {
    std::vector<std::string> names;
    for (const auto& topic : topics) {
        names.push_back(topic.id);
        names.insert(names.end(), topic.aliases.begin(), topic.aliases.end());
    }
    return closest(name, names);
}

std::string_view explain_file(std::string_view name) {
    for (const auto& file : explain_files()) {
        if (file.name == name) {
            return file.bytes;
        }
    }
    return {};
}

}  // namespace apilab::cli
