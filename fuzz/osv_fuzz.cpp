// An advisory from a server: read as an OSV record or as GitHub's form, then evaluated.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "apilab/http/json.hpp"
#include "apilab/radar/github_facts.hpp"
#include "apilab/radar/osv.hpp"

namespace {

using apilab::radar::OsvRecord;
using apilab::radar::SemVer;

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

void evaluate(const OsvRecord& record) {
    require(!record.id.empty());
    for (const auto& affected : record.affected) {
        const std::string_view package = affected.package;
        for (const SemVer& version :
             {SemVer(0, 0, 0, "0"), SemVer(1, 2, 3), SemVer(SemVer::number_max, 0, 0)}) {
            if (affects(record, package, version)) {
                require(mentions(record, package) && !record.withdrawn);
            }
        }
        for (const SemVer& fixed : fixed_versions(record, package)) {
            require(SemVer::parse(fixed.to_string()) == fixed);
        }
        const auto score = score_of(record, package);
        require(score.score.tenths >= 0 && score.score.tenths <= 100 && !score.words.empty());
    }
    require(apilab::radar::group_by_alias({&record, 1}).size() == 1);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto document =
        apilab::http::JsonDocument::parse({reinterpret_cast<const char*>(data), size});
    if (!document) {
        return 0;
    }
    if (const auto record = apilab::radar::parse_osv(document->root())) {
        evaluate(*record);
    }
    if (const auto record = apilab::radar::parse_github_advisory(document->root())) {
        evaluate(*record);
    }
    return 0;
}
