// What `--help` begins with: command lines to copy.

#include <array>
#include <string>
#include <string_view>

#include "command.hpp"

namespace apilab::cli {
namespace {

struct Example {
    std::string_view path;
    std::string_view lines;
};

constexpr std::array examples{
    Example{
        "apilab",
        "  apilab radar check .\n  apilab sandbox serve --scenario flaky\n  apilab explain 429"},
    Example{"apilab run", "  apilab run\n  apilab run path/to/package-lock.json --seed 11"},
    Example{"apilab radar check",
            "  apilab radar check .\n  apilab radar check . --fail-on high --json\n"
            "  apilab radar check . --offline recorded --as-of 2026-11-22"},
    Example{"apilab pages",
            "  apilab pages http://127.0.0.1:4010/api/items --kind cursor --limit 100\n"
            "  apilab pages URL --token env:TOKEN --checkpoint walk.json --output items.ndjson"},
    Example{"apilab learn tour", "  apilab learn tour"},
    Example{"apilab learn watch", "  apilab learn watch\n  apilab learn watch 1 --json"},
    Example{"apilab learn new",
            "  apilab learn new my-shop\n  apilab learn new my-shop --folder ../shop"},
    Example{"apilab learn list", "  apilab learn list"},
    Example{"apilab learn show", "  apilab learn show 1"},
    Example{"apilab learn start", "  apilab learn start day01_retries"},
    Example{"apilab learn hint", "  apilab learn hint 1"},
    Example{"apilab learn check",
            "  apilab learn check\n  apilab learn check 1 -- --show-attempts"},
    Example{"apilab checklist list",
            "  apilab checklist list --group C\n  apilab checklist list --day 3 --json"},
    Example{"apilab checklist show", "  apilab checklist show B07"},
    Example{"apilab auth login",
            "  apilab auth login desk --issuer https://id.example --client-id app\n"
            "  apilab auth login job --issuer https://id.example --client-id app --client-secret "
            "env:SECRET --client-credentials"},
    Example{"apilab auth status", "  apilab auth status\n  apilab auth status desk --json"},
    Example{"apilab auth refresh", "  apilab auth refresh desk"},
    Example{"apilab auth revoke", "  apilab auth revoke desk"},
    Example{"apilab secrets check",
            "  apilab secrets check --for .env.example\n  apilab secrets check API_TOKEN --strict"},
    Example{"apilab secrets where", "  apilab secrets where API_TOKEN"},
    Example{"apilab secrets scan", "  apilab secrets scan ."},
    Example{"apilab deploy check",
            "  apilab deploy check .\n  apilab deploy check . --fail-on high --json\n"
            "  apilab deploy check --rules"},
    Example{"apilab drift show", "  apilab drift show issues.list newer.json"},
    Example{"apilab drift accept", "  apilab drift accept issues.list answer.json"},
    Example{"apilab hook sign",
            "  apilab hook sign --scheme stripe --secret env:STRIPE_SECRET event.json\n"
            "  apilab hook sign --scheme standard --secret @secret --id msg_1 -"},
    Example{"apilab hook verify",
            "  apilab hook verify --scheme github --secret env:GITHUB_SECRET --header "
            "\"X-Hub-Signature-256: sha256=...\" body.json\n"
            "  apilab hook verify --scheme slack --secret env:NEW --secret env:OLD --header "
            "\"X-Slack-Signature: v0=...\" --header \"X-Slack-Request-Timestamp: 1531420618\" --at "
            "1531420618 body.json"},
    Example{"apilab hook listen",
            "  apilab hook listen --provider github=env:HOOK_SECRET\n"
            "  apilab hook listen --forward http://127.0.0.1:3000/hooks --sign-anew"},
    Example{"apilab hook trigger",
            "  apilab hook trigger --list\n"
            "  apilab hook trigger github:push --secret env:HOOK_SECRET\n"
            "  apilab hook trigger slack:message --to http://127.0.0.1:3000/hooks --count 12 "
            "--hostile altered,forged,stale,twin,huge,slow"},
    Example{"apilab hook list",
            "  apilab hook list --source github --since 1h\n"
            "  apilab hook list --state dead --json\n  apilab hook list --quarantined"},
    Example{"apilab hook show", "  apilab hook show 17\n  apilab hook show 17 --raw > body.json"},
    Example{"apilab hook redeliver",
            "  apilab hook redeliver 17\n"
            "  apilab hook redeliver --source stripe --since 1h --rate 5/s"},
    Example{"apilab hook dlq list", "  apilab hook dlq list --reason 'HTTP 503'"},
    Example{"apilab hook dlq redrive",
            "  apilab hook dlq redrive 4\n  apilab hook dlq redrive --all --rate 5/s"},
    Example{"apilab platform run",
            "  apilab platform run --as fly -- ./service\n"
            "  apilab platform run --as railway --config deploy --rolls 3 --rate 20 -- ./service"},
    Example{"apilab sandbox serve",
            "  apilab sandbox serve --scenario flaky --seed 7\n"
            "  apilab sandbox serve --port 0 --admin-port 0 --ready-file /tmp/sandbox.json"},
    Example{"apilab sandbox run",
            "  apilab sandbox run --scenario flaky --seed 7 -- ./my-client\n"
            "  apilab sandbox run --scenario rate-limited --report verdict.html -- ./my-client"},
    Example{"apilab sandbox env", "  eval \"$(apilab sandbox env)\""},
    Example{"apilab sandbox journal", "  apilab sandbox journal | tail -1"},
    Example{"apilab sandbox scenario list", "  apilab sandbox scenario list"},
    Example{"apilab sandbox checks", "  apilab sandbox checks --json"},
};

void add_below(CLI::App& app, const std::string& path) {
    for (auto* command : app.get_subcommands([](const CLI::App*) { return true; })) {
        add_below(*command, path + " " + command->get_name());
    }
    for (const auto& example : examples) {
        if (example.path == path && app.get_footer().empty()) {
            app.footer("Examples:\n" + std::string(example.lines));
        }
    }
}

}  // namespace

void add_examples(CLI::App& app) {
    add_below(app, app.get_name());
}

}  // namespace apilab::cli
