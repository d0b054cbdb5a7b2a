// apilab explain TOPIC: what an id, a number or a word means, without a network.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_from.hpp>
#include <memory>

#include "apilab/base/try.hpp"
#include "command.hpp"
#include "explain/explain.hpp"
#include "explain/markdown.hpp"
#include "explain/topic.hpp"
#include "pager.hpp"
#include "wrap.hpp"

namespace apilab::cli {
namespace {

namespace json = boost::json;

std::size_t text_width(const Terminal& terminal) {
    return terminal.is_terminal ? terminal.width : 0;
}

std::string page_of(const Topic& topic, const Terminal& out) {
    std::string links;
    const auto add = [&](std::string_view what, const std::vector<std::string>& ids) {
        if (!ids.empty()) {
            links += paragraph(fmt::format("{}", fmt::join(ids, ", ")), text_width(out), 11, what);
        }
    };
    add("checks     ", topic.checks);
    add("checklist  ", topic.checklist);
    add("see        ", topic.see);
    if (topic.day != 0) {
        links += fmt::format("day        {0}: apilab learn show {0}\n", topic.day);
    }
    return paragraph(fmt::format("{}: {}", out.bold(topic.id), topic.title), text_width(out)) +
           "\n" + plain_text(topic.text, out, text_width(out)) + (links.empty() ? "" : "\n") +
           links;
}

json::object topic_json(const Topic& topic, bool with_text) {
    json::object object{{"id", topic.id},
                        {"title", topic.title},
                        {"group", topic.group},
                        {"aliases", json::value_from(topic.aliases)}};
    if (with_text) {
        object["version"] = 1;
        object["text"] = topic.text;
        object["checks"] = json::value_from(topic.checks);
        object["checklist"] = json::value_from(topic.checklist);
        object["see"] = json::value_from(topic.see);
        object["day"] = topic.day;
    }
    return object;
}

std::string list_of(const std::vector<Topic>& topics, const Terminal& out) {
    std::string text;
    std::string group;
    std::vector<std::string> ids;
    const auto end_group = [&] {
        if (!ids.empty()) {
            text += fmt::format("{}\n", out.bold(group)) +
                    paragraph(fmt::format("{}", fmt::join(ids, "  ")), text_width(out), 2) + "\n";
        }
        ids.clear();
    };
    for (const auto& topic : topics) {
        if (topic.group != group) {
            end_group();
            group = topic.group;
        }
        ids.push_back(topic.id);
    }
    end_group();
    return text +
           paragraph("apilab explain TOPIC shows one; a status (429), a check or an item will do.",
                     text_width(out));
}

}  // namespace

Result<ExitCode> explain_topic(const std::string& name, const Globals& globals) {
    APILAB_TRY(const auto topics, all_topics());
    if (name.empty()) {
        json::array all;
        for (const auto& topic : topics) {
            all.push_back(topic_json(topic, false));
        }
        show_paged(globals.json
                       ? json::serialize(json::object{{"version", 1}, {"topics", all}}) + "\n"
                       : list_of(topics, globals.out()),
                   globals);
        return ExitCode::success;
    }
    const auto* topic = find_topic(topics, name);
    if (topic == nullptr) {
        const auto meant = closest_topic(topics, name);
        return fail(Error(ErrorKind::invalid_argument, fmt::format("no topic '{}'", name))
                        .with_remedy(meant.empty() ? "apilab explain lists them all"
                                                   : fmt::format("did you mean {}?", meant)));
    }
    show_paged(globals.json ? json::serialize(topic_json(*topic, true)) + "\n"
                            : page_of(*topic, globals.out()),
               globals);
    return ExitCode::success;
}

void add_explain(CLI::App& app, const Globals& globals, Action& action) {
    auto* command =
        app.add_subcommand("explain", "What a check, an error, a status or a word means");
    command->footer(
        "Examples:\n  apilab explain 429\n  apilab explain RL-01\n  apilab explain exit-9\n"
        "  apilab explain idempotency");
    const auto name = std::make_shared<std::string>();
    command->add_option("TOPIC", *name, "An id or a word; without one all are listed")
        ->type_name("TOPIC");
    command->callback([name, &globals, &action] {
        action = [name, &globals] {
            const auto code = explain_topic(*name, globals);
            return code ? *code : report(code.error(), globals);
        };
    });
}

}  // namespace apilab::cli
