/*
 * tree GHOST: four processes and three threads that can only go on together.
 *
 *     root ── a ── grandchild
 *        └─── b (with three threads)
 *
 * A token goes round through pipes, root > a > grandchild > b > root. Each of them writes the
 * token's number into shared anonymous memory, b has its threads do so too, and the grandchild
 * writes it to GHOST, which is open and deleted. The root compares everything before the next
 * round. Its name is "identity:round" (target.h) as long as all agree; else it ends.
 */
#include "target.h"

#include <pthread.h>
#include <sys/mman.h>

enum { THREADS = 3 };
enum { A, GRANDCHILD, B, ROOT, PLACES };

static struct {
	unsigned long seen[PLACES];    /* the last token that each process had */
	unsigned long thread[THREADS]; /* rounds that each thread made */
} * shared;

static int pipes[PLACES][2]; /* pipes[X] leads to X */
static int ghost;
static pthread_barrier_t barrier;

static void die_if(int broken, const char *what)
{
	if (broken) {
		prctl(PR_SET_NAME, what);
		_exit(1);
	}
}

/* Keeps this process's ends of the pipes only: at the death of one all others see an end. */
static void take_place(int place, int next)
{
	for (int i = 0; i < PLACES; i++) {
		if (i != place)
			close(pipes[i][0]);
		if (i != next)
			close(pipes[i][1]);
	}
}

static unsigned long receive(int place)
{
	unsigned long token;

	if (read(pipes[place][0], &token, sizeof(token)) != (ssize_t)sizeof(token))
		_exit(1);
	die_if(token != shared->seen[place] + 1, "broken:token");
	shared->seen[place] = token;
	return token;
}

static void pass_on(int next, unsigned long token)
{
	if (write(pipes[next][1], &token, sizeof(token)) != (ssize_t)sizeof(token))
		_exit(1);
}

static void *thread_main(void *rounds)
{
	for (;;) {
		pthread_barrier_wait(&barrier);
		++*(unsigned long *)rounds;
		pthread_barrier_wait(&barrier);
	}
	return NULL;
}

static void run_a(void)
{
	take_place(A, GRANDCHILD);
	for (;;)
		pass_on(GRANDCHILD, receive(A));
}

static void run_grandchild(void)
{
	take_place(GRANDCHILD, B);
	for (;;) {
		unsigned long token = receive(GRANDCHILD);

		if (pwrite(ghost, &token, sizeof(token), 0) != (ssize_t)sizeof(token))
			_exit(1);
		pass_on(B, token);
	}
}

static void run_b(void)
{
	pthread_t thread;

	take_place(B, ROOT);
	pthread_barrier_init(&barrier, NULL, THREADS + 1);
	for (int i = 0; i < THREADS; i++) {
		if (pthread_create(&thread, NULL, thread_main, &shared->thread[i]))
			_exit(1);
	}
	for (;;) {
		unsigned long token = receive(B);

		pthread_barrier_wait(&barrier); /* the threads count between the two */
		pthread_barrier_wait(&barrier);
		pass_on(ROOT, token);
	}
}

static void compare(unsigned long round)
{
	unsigned long written = 0;

	for (int place = 0; place < PLACES; place++)
		die_if(shared->seen[place] != round, "broken:memory");
	for (int i = 0; i < THREADS; i++)
		die_if(shared->thread[i] != round, "broken:thread");
	die_if(pread(ghost, &written, sizeof(written), 0) != (ssize_t)sizeof(written) ||
		       written != round,
	       "broken:ghost");
}

int main(int argc, char **argv)
{
	unsigned int identity = target_identity();

	target_detach();
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	ghost = argc == 2 ? open(argv[1], O_RDWR | O_CREAT | O_EXCL, 0600) : -1;
	die_if(shared == MAP_FAILED || ghost < 0 || unlink(argv[1]) < 0, "broken:start");
	for (int i = 0; i < PLACES; i++)
		die_if(pipe(pipes[i]) < 0, "broken:start");

	if (fork() == 0) {
		if (fork() == 0)
			run_grandchild();
		run_a();
	}
	if (fork() == 0)
		run_b();
	take_place(ROOT, A);
	for (unsigned long round = 1;; round++) {
		pass_on(A, round);
		receive(ROOT);
		compare(round);
		target_show(identity, round);
		target_pause(5);
	}
}
