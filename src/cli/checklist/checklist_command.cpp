// apilab checklist list | show; `run` and `init` have a file of their own.

#include <fmt/core.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "apilab/base/try.hpp"
#include "apilab/sandbox/checklist/checklist.hpp"
#include "checklist/checklist_commands.hpp"
#include "command.hpp"
#include "table.hpp"

namespace apilab::cli {
namespace {

namespace json = boost::json;
using sandbox::ChecklistItem;

struct ChecklistFlags {
    std::string id;
    std::string group;
    int day = 0;
    bool markdown = false;
};

json::object item_json(const ChecklistItem& item) {
    return {
        {"id", item.id},   {"group", item.group}, {"item", item.item},        {"check", item.check},
        {"how", item.how}, {"day", item.day},     {"question", item.question}};
}

Result<ExitCode> list(const ChecklistFlags& flags, const Globals& globals) {
    APILAB_TRY(auto items, sandbox::built_in_checklist());
    std::erase_if(items, [&](const ChecklistItem& item) {
        return (!flags.group.empty() && !item.id.starts_with(flags.group)) ||
               (flags.day != 0 && item.day != flags.day);
    });
    if (globals.json) {
        json::array all;
        std::ranges::transform(items, std::back_inserter(all), item_json);
        fmt::print("{}\n", json::serialize(json::object{{"version", 1}, {"items", all}}));
        return ExitCode::success;
    }
    if (flags.markdown) {
        fmt::print("{}", sandbox::checklist_markdown(items));
        return ExitCode::success;
    }
    Table table({"id", ">day", "seen by", "item"});
    for (const auto& item : items) {
        table.add({item.id, std::to_string(item.day), sandbox::check_words(item.check), item.item});
    }
    fmt::print("{}", table.to_string(globals.out()));
    return ExitCode::success;
}

Result<ExitCode> show(const ChecklistFlags& flags, const Globals& globals) {
    APILAB_TRY(const auto items, sandbox::built_in_checklist());
    const auto found = std::ranges::find(items, flags.id, &ChecklistItem::id);
    if (found == items.end()) {
        return fail(Error(ErrorKind::invalid_argument, fmt::format("no item '{}'", flags.id))
                        .with_remedy("ids are A01 to K08: apilab checklist list"));
    }
    if (globals.json) {
        fmt::print("{}\n", json::serialize(item_json(*found)));
        return ExitCode::success;
    }
    fmt::print("{}  {}\n\n{}.\n\n", found->id,
               found->review_only() ? "for a person to answer" : "automatic in part", found->item);
    fmt::print("group      {}\nseen by    {}\nhow        {}\n{}learned    day {}: {}\n",
               found->group, sandbox::check_words(found->check), found->how,
               found->question.empty() ? "" : fmt::format("asked      {}\n", found->question),
               found->day, fmt::format("./lab learn show {}", found->day));
    return ExitCode::success;
}

}  // namespace

void add_checklist(CLI::App& app, const Globals& globals, Action& action) {
    auto* checklist =
        app.add_subcommand("checklist", "What is asked before an integration goes live");
    checklist->require_subcommand(1);
    auto flags = std::make_shared<ChecklistFlags>();
    const ChecklistAct act = [&action, &globals](CLI::App* command,
                                                 std::function<Result<ExitCode>()> run) {
        command->callback([&action, &globals, run = std::move(run)] {
            action = [&globals, run] {
                const auto code = run();
                return code ? *code : report(code.error(), globals);
            };
        });
    };
    auto* all = checklist->add_subcommand("list", "Its hundred items");
    all->add_option("--group", flags->group, "A to K");
    all->add_option("--day", flags->day, "What a day teaches")->check(CLI::Range(1, 14));
    all->add_flag("--markdown", flags->markdown, "As docs/integration-checklist.md");
    act(all, [flags, &globals] { return list(*flags, globals); });
    auto* one = checklist->add_subcommand("show", "One item");
    one->add_option("ID", flags->id, "B07")->required();
    act(one, [flags, &globals] { return show(*flags, globals); });
    add_checklist_run(*checklist, globals, act);
}

}  // namespace apilab::cli
