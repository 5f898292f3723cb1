// Walks through the whole app and prints what each step gave, a JSON line a step.
const app = require('./recipes.cjs');
const operator = require('./operator.cjs');

const WAIT_MS = 20_000;
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const ann = { email: 'ann@example.com', password: 'Plum-dumplings-1', nickname: 'Ann' };
const ben = { email: 'ben@example.com', password: 'Rye-and-water-2', nickname: 'Ben' };
const eve = { email: 'eve@example.com', password: 'Salt-by-weight-3', nickname: 'Eve' };

const tell = (step, result) => console.log(JSON.stringify({ step, result }));
const refusal = (work) =>
  work.then(
    () => 'was not refused',
    ({ code, message }) => ({ code, message }),
  );

async function until(look) {
  for (const end = Date.now() + WAIT_MS; Date.now() < end; await new Promise((done) => setTimeout(done, 100))) {
    const found = await look();
    if (found) return found;
  }
  throw new Error('It did not come about in time.');
}

async function main() {
  app.connect(process.env.SERVER_URL);

  // Ann tries the app before she gives a name.
  const guest = await app.startAnonymously();
  const recipe = await app.draft({ title: '  Plum dumplings ', ingredients: ['plums', 'dough'], minutes: 45 });
  tell('an anonymous draft', {
    title: recipe.get('title'),
    slug: recipe.get('slug'),
    published: recipe.get('published'),
  });
  const member = await app.becomeMember(ann);
  tell('the guest is a member', { isSame: member.id === guest.id, nickname: member.get('nickname') });
  tell('her draft is still hers', (await app.recipe(recipe.id)).get('title'));
  const withPhoto = await app.addPhoto(recipe, 'plums.png', PNG, 'image/png');
  tell('the photo', await lookAt(withPhoto.get('photo').url()));
  const asAnn = { sessionToken: member.getSessionToken() };

  // Eve becomes an editor; Ben is a reader and follows what is published.
  const { id: eveId } = await app.signUp(eve);
  await operator.makeEditors(eveId);
  await app.signUp(ben);
  tell('a draft is hidden from others', await refusal(app.recipe(recipe.id)));
  const heard = [];
  const stop = await app.followPublished((row) => heard.push(row.get('title')));
  await app.publish(await app.recipe(recipe.id, asAnn), asAnn);
  await until(() => heard.length);
  tell('Ben heard of it', heard);
  await stop();
  tell('her own rating', await refusal(app.rate(recipe, 5, 'Mine', asAnn)));

  // Ratings: the triggers keep them honest, and the recipe follows.
  const seen = await app.recipe(recipe.id);
  await app.rate(seen, 5, 'Like at home.');
  tell('a second rating', await refusal(app.rate(seen, 1)));
  tell('six stars', await refusal(app.rate(seen, 6)));
  tell('the stars', await starsOf(recipe.id));
  tell('a stranger changes it', await refusal(seen.save({ title: 'Mine now' })));
  tell('a reader features it', await refusal(app.feature(seen)));
  await app.tellViewed(seen);
  tell('an event', 'stored');

  // A purchase: the server decides what it costs.
  const { objectId } = await operator.makeEdition({ title: 'Sweet kitchen', price: 12.5, currency: 'USD' });
  const [edition] = await app.editions();
  tell('the editions', [edition.id === objectId, edition.get('title')]);
  tell('a purchase', await app.buy(edition));
  tell('the same once more', await app.buy(edition));
  await operator.writeKitchenNote('Less sugar next time.');
  tell('the kitchen’s notes, for Ben', (await app.kitchenNotes()).length);
  tell('the day’s revenue', (await operator.revenue()).total_revenue);
  await app.logOut();

  // Eve, an editor, features it; the author's rows are otherwise her own.
  await app.logIn(eve.email, eve.password);
  tell('an editor features it', (await app.feature(await app.recipe(recipe.id))).get('featured'));
  tell('the app keeps the stars', await refusal((await app.recipe(recipe.id)).save({ stars: 5.5 })));
  await app.logOut();
  tell('everybody sees the best', await app.topRecipes(5));

  // Ann has forgotten her password.
  await app.forgotPassword(ann.email);
  const token = await until(() => operator.resetTokenOf(ann.email));
  await app.setPassword(token, 'Plum-dumplings-2');
  tell('the old password', await refusal(app.logIn(ann.email, ann.password)));
  tell('the new password', (await app.logIn(ann.email, 'Plum-dumplings-2')).get('nickname'));
  await app.logOut();
  await app.closeLiveQuery();
}

async function starsOf(id) {
  return until(async () => {
    const recipe = await app.recipe(id);
    return recipe.get('ratings') > 0 && { stars: recipe.get('stars'), ratings: recipe.get('ratings') };
  });
}

async function lookAt(address) {
  const response = await fetch(address);
  const bytes = Buffer.from(await response.arrayBuffer());
  return { status: response.status, type: response.headers.get('content-type'), isWhole: bytes.equals(PNG) };
}

main().then(
  () => process.exit(0),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
