// Bytes as radar's TOML file, and its last line as a variable: every key has one value that is
// shown, a configuration is there exactly where nothing is wrong, and a secret of the environment
// stands nowhere in what is said.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "apilab/radar/service/config_load.hpp"

namespace {

constexpr std::string_view secret = "xoxb-0123456789";

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

void shows_no_secret(std::string_view text) {
    require(!text.contains(secret));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    namespace radar = apilab::radar;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (text.contains(secret)) {
        return 0;
    }
    const auto line = text.rfind('\n');
    const auto last = line == text.npos ? text : text.substr(line + 1);
    const auto loaded = radar::load_config(
        {.text = text,
         .environment = {{"RADAR_SLACK_TOKEN", std::string(secret)},
                         {"RADAR_DASHBOARD_TOKEN", std::string(secret) + "-dashboard"},
                         {"RADAR_WATCH", std::string(last)},
                         {"RADAR_HOSTS", std::string(last)}},
         .read_file = [](const std::string&) { return std::string(secret); }});
    require(loaded.config.has_value() == loaded.problems.empty());
    require(loaded.values.size() >= radar::config_keys().size());
    for (const auto& problem : loaded.problems) {
        shows_no_secret(problem.to_string());
        shows_no_secret(problem.remedy());
        require(problem.to_string().size() < 2'000);
    }
    for (const auto& value : loaded.values) {
        shows_no_secret(value.value);
    }
    return 0;
}
