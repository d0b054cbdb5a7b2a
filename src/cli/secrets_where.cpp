// apilab secrets where NAME: every place where it may be, and which one counts

#include <fmt/core.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "secrets.hpp"
#include "table.hpp"

namespace apilab::cli {
namespace {

namespace json = boost::json;

// `found`, `nothing` or what is wrong.
std::string state_of(const SecretSources::Place& place) {
    if (!place.found) {
        return place.found.error().to_string();
    }
    return *place.found ? (*place.found)->source : "nothing";
}

std::string fingerprint_of(const SecretSources::Place& place) {
    return place.found && *place.found ? "sha256:" + (*place.found)->value.fingerprint() : "-";
}

}  // namespace

Result<ExitCode> find_secret(const SecretsFlags& flags, const Globals& globals) {
    const auto places = flags.sources().places(flags.names.front());
    bool decided = false;
    bool usable = false;
    json::array all;
    Table table({"place", "what is there", "fingerprint", ""});
    for (const auto& place : places) {
        const bool counts = !decided && (!place.found || *place.found);
        usable = usable || (counts && place.found);
        decided = decided || counts;
        table.add({place.place, state_of(place), fingerprint_of(place), counts ? "counts" : ""});
        all.push_back({{"place", place.place},
                       {"state", state_of(place)},
                       {"fingerprint", fingerprint_of(place)},
                       {"counts", counts}});
    }
    if (globals.json) {
        fmt::print("{}\n",
                   json::serialize(json::object{
                       {"version", 1}, {"name", flags.names.front()}, {"places", std::move(all)}}));
    } else {
        fmt::print("{}", table.to_string(globals.out()));
    }
    return usable ? ExitCode::success : ExitCode::usage;
}

}  // namespace apilab::cli
