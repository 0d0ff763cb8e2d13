// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package surveywave

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/delivery"
	"github.com/cx-operator/cx-operator/internal/kube"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/store"
)

// Publishing is what the figures of waves are sent with. The zero value sends none.
type Publishing struct {
	// Secrets reads past the cache, one by name: to watch all of a namespace's is more than we need to be allowed to see.
	Secrets client.Reader
	// Memory remembers who was told.
	Memory Memory
	// Routes finds the channels of programs for which sending is on.
	Routes Routes
}

// Memory is what the store remembers of publications.
type Memory interface {
	SinceAll(ctx context.Context, programID, scope string, values map[string]string, now time.Time) (map[string]time.Time, error)
	Evidence(ctx context.Context, programID string, query store.EvidenceQuery) (*store.Evidence, error)
}

// Routes finds a channel of a program; false when there is none of that name or sending is off.
type Routes interface {
	Route(programID, channel string) (delivery.Route, bool)
}

// Publishes lets the controller send the figures of closed waves to the owners in publishTo.
func (r *Reconciler) Publishes(with Publishing) *Reconciler {
	r.publishing = with
	return r
}

const (
	// publishEvery is how often it is looked whether figures that wait can be sent: Secrets and channels change without an event.
	publishEvery = time.Minute
	// publishFor is how long one pass begins to send mails with figures; a slow server shall not hold up other waves.
	publishFor = 20 * time.Second
	// publishTimeout bounds one mail.
	publishTimeout = 3 * time.Minute
)

// +kubebuilder:rbac:groups="",resources=secrets,verbs=get,roleName=cx-operator-secrets
// +kubebuilder:rbac:groups=cx-operator.io,resources=owners,verbs=list;watch

// finish does what follows the end of a wave: it says what to doubt, makes an Assessment, sends figures. One that fails does not
// keep the others from being done.
func (r *Reconciler) finish(ctx context.Context, prog *cxv1.Program, wave *cxv1.SurveyWave, plan *program.WavePlan, now time.Time) error {
	return errors.Join(
		r.doubt(ctx, prog, wave, plan, now),
		r.attest(ctx, prog, wave, plan, now),
		r.tell(ctx, prog, wave, plan, now),
	)
}

// tell sends the figures of a closed wave to the owners in publishTo, each once. It runs only after the figures stand in the
// wave's status for good, and sends those: what people read in a mail and in the object is the same.
func (r *Reconciler) tell(ctx context.Context, prog *cxv1.Program, wave *cxv1.SurveyWave, plan *program.WavePlan, now time.Time) error {
	if plan.Outcome != nil && len(wave.Spec.Template.PublishTo) > 0 {
		plan.Wake = now.Add(time.Second) // its figures are being written; they are sent with the next look
		return nil
	}
	if r.publishing.Routes == nil || r.people == nil || !program.Publishes(wave) {
		return nil
	}
	p := &publication{Reconciler: r, prog: prog, wave: wave, plan: plan, now: now, key: keyOf(prog, wave)}
	condition, err := p.run(ctx)
	if err != nil {
		return err
	}
	kube.SetCondition(wave, now, condition.Type, condition.Status, condition.Reason, condition.Message)
	return nil
}

// publication is one look at who is still to be told.
type publication struct {
	*Reconciler
	prog *cxv1.Program
	wave *cxv1.SurveyWave
	plan *program.WavePlan
	key  store.WaveKey
	now  time.Time
}

func keyOf(prog *cxv1.Program, wave *cxv1.SurveyWave) store.WaveKey {
	return store.WaveKey{ProgramID: prog.Spec.ID, Survey: string(wave.Spec.Template.Survey), Slot: wave.Spec.Template.Slot}
}

func (p *publication) run(ctx context.Context) (metav1.Condition, error) {
	channel := program.PublicationChannel(&p.wave.Spec.Template, p.prog)
	tooLate := program.PublicationTooLate(p.wave, p.now)
	if waits := program.PublicationWaits(p.prog, channel); waits != nil && tooLate == nil {
		p.plan.Wake = p.now.Add(publishEvery)
		return *waits, nil
	}
	evidence, err := p.recent(ctx, p.key, p.now)
	if err != nil {
		return metav1.Condition{}, err
	}
	marks := marksOf(evidence, program.PublicationScope(p.key))
	if earlier, err := p.earlier(ctx, marks); err != nil || earlier != nil {
		return valueOf(earlier), err
	}
	if tooLate != nil {
		return *tooLate, nil
	}
	return p.tellDue(ctx, channel, marks, evidence)
}

// tellDue tells those who have not been told.
func (p *publication) tellDue(ctx context.Context, channel string, marks map[string]string, evidence *store.Evidence,
) (metav1.Condition, error) {
	readers, err := p.readers(ctx, marks)
	if err != nil {
		return metav1.Condition{}, err
	}
	paused := false
	if slices.ContainsFunc(readers, func(r program.Reader) bool { return r.State == program.ReaderDue }) {
		if paused, err = p.send(ctx, channel, readers, evidence); err != nil {
			return metav1.Condition{}, err
		}
	}
	condition, err := p.conclude(ctx, readers, evidence)
	if paused && err == nil {
		return *program.PublicationPaused(), nil
	}
	return condition, err
}

// stored is an error of the store.
func stored(err error) error { return kube.FromStore(err, store.ErrNotClaimed) }

func valueOf(c *metav1.Condition) metav1.Condition {
	if c == nil {
		return metav1.Condition{}
	}
	return *c
}

func marksOf(evidence *store.Evidence, scope string) map[string]string {
	marks := map[string]string{}
	for _, mark := range evidence.Marks {
		if mark.Scope == scope {
			marks[mark.Key] = mark.Value
		}
	}
	return marks
}

// earlier finds that everybody was told before this status was written: it was lost, or the process was.
func (p *publication) earlier(ctx context.Context, marks map[string]string) (*metav1.Condition, error) {
	if p.wave.Status.PublishedAt != nil {
		return nil, nil
	}
	known, err := p.outcomes.RecordWave(ctx, p.key.ProgramID, program.EndedOutcome(p.wave))
	if err != nil || known.PublishedAt.IsZero() {
		return nil, stored(err)
	}
	p.plan.Status.PublishedAt = new(metav1.NewTime(known.PublishedAt.Truncate(time.Second)))
	if !program.IsPublicationDone(marks) {
		return nil, nil
	}
	return new(program.PublishedEarlier(known.PublishedAt)), nil
}

// readers are the owners in publishTo, in order of their names.
func (p *publication) readers(ctx context.Context, marks map[string]string) ([]program.Reader, error) {
	var readers []program.Reader
	for _, name := range slices.Sorted(slices.Values(p.wave.Spec.Template.PublishTo)) {
		owner := &cxv1.Owner{}
		err := p.client.Get(ctx, client.ObjectKey{Namespace: p.wave.Namespace, Name: string(name)}, owner)
		switch {
		case apierrors.IsNotFound(err):
			owner = nil
		case err != nil:
			return nil, fmt.Errorf("reading owner %s: %w", name, err)
		}
		readers = append(readers, program.NewReader(name, owner, marks[string(name)], func(secret cxv1.Ref) program.Notify {
			return p.notify(ctx, secret)
		}))
	}
	return readers, nil
}

func (p *publication) notify(ctx context.Context, name cxv1.Ref) program.Notify {
	secret := &corev1.Secret{}
	err := p.publishing.Secrets.Get(ctx, client.ObjectKey{Namespace: p.wave.Namespace, Name: string(name)}, secret)
	switch {
	case apierrors.IsNotFound(err):
		return program.Notify{State: program.SecretMissing}
	case err != nil:
		return program.Notify{State: program.SecretUnreadable}
	}
	return program.Notify{Email: string(secret.Data["email"])}
}

// send tells those who are due, until one has to wait. paused says that all of them do: sending was suspended, perhaps a moment
// ago. The mails of the outbox ask the store as late as that, too.
func (p *publication) send(ctx context.Context, channel string, readers []program.Reader, evidence *store.Evidence,
) (paused bool, err error) {
	route, ok := p.publishing.Routes.Route(p.key.ProgramID, channel)
	if !ok {
		return false, nil // the program's condition and its channels are not in step yet
	}
	letter, err := p.letter(ctx, evidence)
	if err != nil {
		return false, err
	}
	begin, cancel := context.WithTimeout(ctx, publishFor)
	defer cancel()
	for i := range readers {
		if readers[i].State != program.ReaderDue {
			continue
		}
		if route.Rate.Wait(begin) != nil {
			return false, nil // the others are told with the next look
		}
		if bars, err := p.people.MailBars(ctx, p.key.ProgramID, nil); err != nil || bars.Paused {
			return bars.Paused, stored(err)
		}
		if err := p.sendTo(ctx, route, &readers[i], letter); err != nil || readers[i].State == program.ReaderDue {
			return false, err
		}
	}
	return false, nil
}

// sendTo tells one owner. That it was told is written before the server gets the mail, see program.MarkSent.
func (p *publication) sendTo(ctx context.Context, route delivery.Route, reader *program.Reader, letter delivery.Letter) error {
	since, err := p.mark(ctx, reader.Name, program.MarkSent)
	if err != nil {
		return err
	}
	reader.State = program.ReaderTold
	if !since.Equal(store.UTCMicro(p.now)) {
		return nil // another process has just begun to
	}
	message := delivery.FiguresTo(p.key, string(reader.Name), reader.Owner.Spec.DisplayName, reader.Address)
	// An attempt that has begun is seen to its end, also when the process is told to stop.
	finish, cancel := context.WithTimeout(context.WithoutCancel(ctx), publishTimeout)
	defer cancel()
	outcome := route.Channel.Send(finish, message, letter)
	if outcome.Result == store.SentAmbiguous && route.OnAmbiguous == cxv1.AmbiguousRetry {
		outcome.Result = store.SentLater
	}
	switch outcome.Result {
	case store.SentLater:
		reader.State = program.ReaderDue
		_, err = p.mark(finish, reader.Name, "")
	case store.SentBounced, store.SentFailed:
		reader.State = program.ReaderRefused
		_, err = p.mark(finish, reader.Name, program.MarkRefused)
	}
	return err
}

func (p *publication) mark(ctx context.Context, owner cxv1.Ref, value string) (time.Time, error) {
	since, err := p.publishing.Memory.SinceAll(ctx, p.key.ProgramID, program.PublicationScope(p.key),
		map[string]string{string(owner): value}, p.now)
	return since[string(owner)], stored(err)
}

// letter writes what all of them get.
func (p *publication) letter(ctx context.Context, evidence *store.Evidence) (delivery.Letter, error) {
	doubts, err := p.doubts(ctx, p.key, p.wave, evidence)
	if err != nil {
		return delivery.Letter{}, err
	}
	figures := delivery.Figures{
		Organization: p.prog.Spec.Organization, Language: cxv1.Language(program.Language(p.prog)), Zone: program.Zone(p.prog),
		Template: &p.wave.Spec.Template, Status: &p.wave.Status,
		Doubts: doubts,
	}
	if brand := p.prog.Spec.Brand; brand != nil {
		figures.Organization, figures.Colour = cmp.Or(brand.Name, figures.Organization), brand.Colour
	}
	return figures.Letter()
}

// conclude records who was told, and says how far it has come. Who cannot be reached does not hold up the facts about the others.
func (p *publication) conclude(ctx context.Context, readers []program.Reader, evidence *store.Evidence) (metav1.Condition, error) {
	sum := program.SumUp(readers)
	if sum.Condition.Status != metav1.ConditionTrue && !sum.Settled {
		p.plan.Wake = p.now.Add(publishEvery)
	}
	if sum.Told == 0 || sum.Condition.Reason == cxv1.ReasonMailWaits {
		return sum.Condition, nil
	}
	outcome := program.EndedOutcome(p.wave)
	outcome.PublishedAt, outcome.PublishedTo = p.now, sum.Functions
	known, err := p.outcomes.RecordWave(ctx, p.key.ProgramID, outcome)
	if err != nil {
		return metav1.Condition{}, stored(err)
	}
	p.plan.Status.PublishedAt = new(metav1.NewTime(known.PublishedAt.Truncate(time.Second)))
	if !sum.Settled {
		return sum.Condition, nil
	}
	forget := program.ForgetPublications(evidence.Marks, p.now)
	forget[program.PublicationScope(p.key)] = program.PublicationDone()
	for _, scope := range slices.Sorted(maps.Keys(forget)) {
		if _, err := p.publishing.Memory.SinceAll(ctx, p.key.ProgramID, scope, forget[scope], p.now); err != nil {
			return metav1.Condition{}, stored(err)
		}
	}
	return sum.Condition, nil
}
