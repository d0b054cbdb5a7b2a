// What every store does (tests/contract/work_store), over PostgreSQL.

#include <vector>

#include "apilab/work/postgres_store.hpp"
#include "postgres_server.hpp"
#include "work_store.hpp"

namespace apilab::work {
namespace {

using tests::PostgresServer;

class PostgresMaker final : public StoreMaker {
public:
    Result<std::unique_ptr<Store>> open(StoreOptions options) override {
        auto server = PostgresServer::shared();
        if (!server) {
            return fail(std::move(server).error());
        }
        return PostgresStore::open((*server)->url(), {.limits = options, .schema = schema_});
    }

private:
    std::string schema_ = PostgresServer::new_schema();
};

std::unique_ptr<StoreMaker> make_postgres() {
    return std::make_unique<PostgresMaker>();
}

std::vector<MakeMaker> makers() {
    return PostgresServer::installed().empty() ? std::vector<MakeMaker>()
                                               : std::vector<MakeMaker>{&make_postgres};
}

INSTANTIATE_TEST_SUITE_P(Postgres, WorkStore, testing::ValuesIn(makers()));
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(WorkStore);

TEST(WorkStoreOverPostgres, is_run_where_there_is_one) {
    if (makers().empty()) {
        GTEST_SKIP() << PostgresServer::absent;
    }
}

}  // namespace
}  // namespace apilab::work
