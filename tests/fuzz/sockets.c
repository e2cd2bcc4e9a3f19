// SPDX-License-Identifier: MIT
/* A datagram of sock_diag(7)'s: names of sockets are in it, which anybody may choose. */
#include "fuzz.h"

#include "look/sockets.h"

#include <netinet/in.h>
#include <netinet/tcp.h>

static bool is_closing(int state)
{
	return state == TCP_FIN_WAIT1 || state == TCP_CLOSING || state == TCP_LAST_ACK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sockets s = { 0 };
	int r = sockets_parse(data, size, IPPROTO_TCP, &s);

	FUZZ_CHECK(r <= 1, "%d", r);
	FUZZ_CHECK(s.n <= size, "%zu sockets in %zu bytes", s.n, size);
	for (size_t i = 0; i < s.n; i++) {
		FUZZ_CHECK(s.v[i].ino || is_closing(s.v[i].state), "nobody's socket");
		FUZZ_CHECK(!s.v[i].name || !s.v[i].name[s.v[i].name_size], "a name without end");
		FUZZ_CHECK(s.v[i].n_clients <= size, "%zu clients", s.v[i].n_clients);
		for (size_t k = 0; k < s.v[i].n_clients; k++)
			FUZZ_CHECK(sockets_listener(&s, s.v[i].clients[k]), "client %zu", k);
	}
	sockets_free(&s);
	return 0;
}
