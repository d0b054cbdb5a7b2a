#include "same_verdict.hpp"

#include <fmt/format.h>

#include <boost/json/parse.hpp>
#include <stdexcept>

#include "program.hpp"

namespace apilab::cli_test {

namespace json = boost::json;

namespace {

void count(const json::value& report, Verdicts& verdicts) {
    ++verdicts.runs;
    ++verdicts.of_run[std::string(report.at("verdict").as_string())];
    for (const auto& check : report.at("checks").as_array()) {
        ++verdicts.of_checks[std::string(check.at("id").as_string())]
                            [std::string(check.at("verdict").as_string())];
    }
}

}  // namespace

std::vector<std::string> Verdicts::differing() const {
    std::vector<std::string> found;
    for (const auto& [id, said] : of_checks) {
        std::size_t total = 0;
        std::string text = id;
        for (const auto& [verdict, times] : said) {
            total += times;
            text += fmt::format(" {} {}", verdict, times);
        }
        if (said.size() != 1 || total != runs) {
            found.push_back(std::move(text));
        }
    }
    return found;
}

Verdicts judge_again_and_again(const std::string& client, std::uint64_t seed, std::size_t runs) {
    const Program load({"/bin/sh", "-c", "while :; do :; done"}, {});
    Verdicts verdicts;
    for (std::size_t i = 0; i < runs; ++i) {
        const auto ended = apilab({"sandbox", "run", "--scenario", "flaky", "--seed",
                                   std::to_string(seed), "--json", "--", "/bin/sh", "-c", client});
        // The client's own words stand on standard error; the report is the one line.
        boost::system::error_code wrong;
        const auto report = json::parse(ended.out, wrong);
        if (wrong) {
            throw std::runtime_error("no report: " + ended.out + ended.err);
        }
        count(report, verdicts);
    }
    return verdicts;
}

std::string careful_client() {
    return apilab_path() + " radar check " + webshop() + " >/dev/null 2>&1";
}

std::string hammering_client() {
    // Of several packages: two retries alone prove nothing on a busy machine.
    return "for name in lodash express chalk debug react axios; do " + hammer_path() +
           " \"$APILAB_NPM_URL/$name\" >/dev/null 2>&1; done";
}

}  // namespace apilab::cli_test
