#include "checklist/rules.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "checklist/manifest.hpp"

namespace apilab::cli::checklist {

namespace {

constexpr std::size_t rows_shown_max = 8;
constexpr std::size_t log_shown_max = 200;

const sandbox::CheckResult* find_check(const Episode& episode, std::string_view id) {
    const auto found = std::ranges::find_if(episode.checks,
                                            [&](const auto& check) { return check.card.id == id; });
    return found == episode.checks.end() ? nullptr : &*found;
}

// How much a state says: a failure more than nothing known, and that more than a pass.
int weight(State state) {
    return state == State::fail ? 2 : state == State::pass ? 0 : 1;
}

}  // namespace

const Episode* Observed::episode(std::string_view id) const {
    if (asked != nullptr) {
        asked->emplace(id);
    }
    const auto found = episodes.find(std::string(id));
    return found == episodes.end() ? nullptr : &found->second;
}

Answer passes(std::string sentence, std::vector<Evidence> evidence) {
    return {State::pass, std::move(sentence), std::move(evidence)};
}
Answer fails(std::string sentence, std::vector<Evidence> evidence) {
    return {State::fail, std::move(sentence), std::move(evidence)};
}
Answer untested(std::string sentence) {
    return {State::untested, std::move(sentence), {}};
}

Evidence rows_of(const Episode& episode, std::span<const std::uint64_t> rows) {
    std::string text = fmt::format("{} row{} ", episode.id, rows.size() == 1 ? "" : "s");
    for (std::size_t i = 0; i < std::min(rows.size(), rows_shown_max); ++i) {
        text += fmt::format("{}{}", i == 0 ? "" : ", ", rows[i]);
    }
    text += rows.size() > rows_shown_max ? fmt::format(" and {} more", rows.size() - rows_shown_max)
                                         : "";
    return {Evidence::Kind::rows, std::move(text)};
}

Evidence line_in(std::string_view path, std::size_t line) {
    return {Evidence::Kind::file, line == 0 ? std::string(path) : fmt::format("{}:{}", path, line)};
}

Evidence manifest_line(const Observed& seen, std::string_view key) {
    return line_in(manifest_name, line_of(seen.manifest_text, key));
}

Evidence log_line(const Episode& episode, std::string_view line) {
    std::string text(line.substr(0, log_shown_max));
    std::ranges::replace_if(text, [](unsigned char c) { return c < ' ' || c == 127; }, ' ');
    return {Evidence::Kind::log, fmt::format("{}: {}", episode.id, text)};
}

Answer judged(const Observed& seen, std::string_view episode,
              std::initializer_list<std::string_view> checks) {
    const Episode* shown = seen.episode(episode);
    if (shown == nullptr) {
        return untested(fmt::format("the episode '{}' was not run", episode));
    }
    if (!shown->trouble.empty()) {
        return untested(fmt::format("'{}' did not run: {}", episode, shown->trouble));
    }
    Answer passed = untested("");
    std::string why;
    for (const auto id : checks) {
        const auto* check = find_check(*shown, id);
        if (check == nullptr) {
            why = fmt::format("there is no check {}", id);
            continue;
        }
        const auto& finding = check->finding;
        std::vector<Evidence> evidence{{Evidence::Kind::check, fmt::format("{} {}", episode, id)}};
        if (!finding.rows.empty()) {
            evidence.push_back(rows_of(*shown, finding.rows));
        }
        if (finding.verdict == sandbox::Verdict::fail) {
            return fails(finding.sentence, std::move(evidence));
        }
        if (finding.verdict == sandbox::Verdict::pass) {
            passed = all_of({passed.state == State::pass ? passed : passes(finding.sentence, {}),
                             passes(finding.sentence, std::move(evidence))});
        } else if (why.empty()) {
            why = fmt::format("{} {}: {}", episode, id, finding.sentence);
        }
    }
    return passed.state == State::pass ? passed : untested(why);
}

Answer all_of(std::initializer_list<Answer> answers) {
    Answer worst = *answers.begin();
    for (const Answer& answer : answers) {
        if (weight(answer.state) > weight(worst.state)) {
            worst = answer;
        }
    }
    worst.evidence.clear();
    for (const Answer& answer : answers) {
        if (answer.state == worst.state) {
            worst.evidence.insert(worst.evidence.end(), answer.evidence.begin(),
                                  answer.evidence.end());
        }
    }
    return worst;
}

Answer first_decided(std::initializer_list<Answer> answers) {
    const auto decided = std::ranges::find_if(answers, [](const Answer& answer) {
        return answer.state == State::pass || answer.state == State::fail;
    });
    return decided == answers.end() ? *answers.begin() : *decided;
}

std::vector<ItemRule> all_rules() {
    std::vector<ItemRule> all;
    for (const auto rules : {scope_rules(), transport_rules(), error_rules(), write_rules(),
                             limit_rules(), token_rules(), secret_rules(), webhook_rules(),
                             data_rules(), operation_rules(), delivery_rules()}) {
        all.insert(all.end(), rules.begin(), rules.end());
    }
    return all;
}

}  // namespace apilab::cli::checklist
